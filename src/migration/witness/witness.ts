import { startupOptions, type ConnectionSettings, type LockWaitLog } from '../../target/index.ts';
import type { Milliseconds } from '../../units.ts';

import { Account } from './account.ts';
import { WITNESSED } from './event-triggers.ts';
import { FACTS_INQUIRY, INQUIRY_WITHOUT_LOCKS } from './inquiry.ts';
import { Proxy } from './proxy.ts';
import type { WitnessedStatement } from './statement.ts';

export interface WitnessInput {
  readonly connection: ConnectionSettings;
  readonly now: () => Milliseconds;
  /** Of every session that does not say otherwise. */
  readonly settings: Readonly<Record<string, string>>;
  /** Hears what the server tells the client's sessions of their lock waits. */
  readonly waits: LockWaitLog;
  /** What its user may read. */
  readonly sees: { readonly locks: boolean };
  readonly onSession: (pid: number) => void;
}

/** Stands between a client and the database, and knows afterwards what was said. */
export interface Witness extends AsyncDisposable {
  /** Where the client shall connect to, and the password with which only it comes in. */
  readonly connection: ConnectionSettings;
  /** Closes every connection first; what still runs is cancelled. */
  finish(): Promise<Testimony>;
}

export interface Testimony {
  readonly statements: readonly WitnessedStatement[];
  /** Statements that are not among them. */
  readonly leftOut: number;
  /** Connections that the server accepted. */
  readonly sessions: number;
  /** Whether a connection was given up because it would not have been encrypted. */
  readonly insistsOnEncryption: boolean;
  /** Backends of those that the client had left open. */
  readonly stayed: readonly number[];
}

/** Throws `Failure('target.unavailable')`. */
export async function openWitness({
  connection,
  now,
  settings,
  waits,
  sees,
  onSession,
}: WitnessInput): Promise<Witness> {
  const account = new Account();
  let sessions = 0;
  const proxy = await Proxy.open({
    connection,
    now,
    waits,
    inquiry: sees.locks ? FACTS_INQUIRY : INQUIRY_WITHOUT_LOCKS,
    options: startupOptions({ ...connection.session, ...settings, ...WITNESSED }),
    onSession: (pid) => {
      sessions++;
      onSession(pid);
    },
    onStatement: (statement) => account.add(statement),
  });
  return {
    connection: proxy.connection,
    finish: async () => {
      const stayed = await proxy.stayed();
      await proxy.close();
      const { insistsOnEncryption } = proxy;
      return { ...account.result(), sessions, insistsOnEncryption, stayed };
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}
