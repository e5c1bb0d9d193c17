import { afterAll, beforeAll } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { installEventTriggers, type EventTriggers } from '#rooms/migration/index.js';
import { statementRun } from '#rooms/migration/statement-run.js';
import type { WitnessedStatement } from '#rooms/migration/witness/statement.js';
import { isControl, kindOfText } from '#rooms/migration/witness/text-kind.js';
import { openWitness, type Testimony } from '#rooms/migration/witness/witness.js';
import {
  lockReporting,
  LockWaitLog,
  withSession,
  type ConnectionSettings,
  type HeardWait,
  type Row,
} from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  homeAt,
  OTHER_BIN,
  removeDirectory,
  startedInstance,
  temporaryDirectory,
  type StartedInstance,
  USUAL_NAME,
} from './server.js';

/* What the witness sees must not depend on the server's version. */

/** The embedded server, and the system's oldest one where there is one. */
export const SERVERS: readonly (readonly [name: string, bin: string | undefined])[] = [
  [USUAL_NAME, undefined],
  ...(OTHER_BIN === undefined ? [] : [[OTHER_BIN, OTHER_BIN] as const]),
];

export interface WitnessedServer {
  readonly connection: () => ConnectionSettings;
  /** On a session of its own, past the witness. */
  readonly run: (sql: string) => Promise<readonly Row[]>;
}

/** For all tests of a block: a server with this schema, and the event triggers in it. */
export function witnessedServer(bin: string | undefined, schema: string): WitnessedServer {
  const directory = temporaryDirectory();
  let started: StartedInstance;
  let triggers: EventTriggers;
  const connection = () => started.server.connection;
  const run = async (sql: string) =>
    (await withSession(connection(), 'audit', (session) => session.query(sql))).rows;
  beforeAll(async () => {
    started = await startedInstance(await homeAt(directory), bin);
    await run(schema);
    triggers = await installEventTriggers(connection());
  });
  afterAll(async () => {
    await triggers[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
    removeDirectory(directory);
  });
  return { connection, run };
}

export interface Overheard extends Testimony {
  readonly pids: readonly number[];
  readonly waits: readonly HeardWait[];
}

/** What the witness knows after a client's work. */
export async function overhear(
  connection: ConnectionSettings,
  client: (address: ConnectionSettings) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Overheard> {
  const origin = systemClock.now();
  const pids: number[] = [];
  const waits = new LockWaitLog(systemClock);
  const session = await withSession(connection, 'audit', (asking) => lockReporting(asking, undefined));
  await using witness = await openWitness({
    connection: { ...connection, session: session.settings },
    waits,
    sees: { locks: true },
    now: () => ms(systemClock.now() - origin),
    settings,
    onSession: (pid) => pids.push(pid),
  });
  await client(witness.connection);
  const testimony = await witness.finish();
  const statements = testimony.statements.filter((statement) => !isSlowSteering(statement));
  return { ...testimony, statements, pids, waits: waits.take(origin) };
}

/** A BEGIN that a busy machine makes long is told, which is another test's matter. */
const isSlowSteering = ({ text, error }: WitnessedStatement): boolean =>
  error === undefined && isControl(kindOfText(text));

/** As the report tells them. */
export const told = ({ statements }: Overheard) =>
  statements.map((statement) => statementRun(statement, statement.release!, new Map()));
