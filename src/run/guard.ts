import { Failure } from '../errors.ts';
import type { Scenario } from '../plan/index.ts';
import {
  displayAddress,
  markState,
  matchesName,
  lookAround,
  readMark,
  type Concern,
  type ConnectionSettings,
  type ForeignDatabase,
  type Objection,
  type Session,
} from '../target/index.ts';

/* A server that is not ours is worked on only where it says itself that it may be. */

type Allowed = Pick<Scenario, 'databases' | 'file'>;

/** Throws `Failure('usage')` for a database whose name the scenario does not allow; nothing is asked of the server. */
export function requireAllowedName({ connection }: ForeignDatabase, { databases, file }: Allowed): void {
  const { database } = connection;
  if (databases.some((pattern) => matchesName(database, pattern))) return;
  throw new Failure('usage', {
    where: file,
    message: `may not be rehearsed on a database called ${JSON.stringify(database)}: it allows ${databases.join(', ')}`,
    hint: `where its data may be lost for good, allow it in the scenario: databases: [${JSON.stringify(database)}]; and mark it: rehearse mark`,
  });
}

/** Throws `Failure('usage')` for a database that does not bear our mark. */
export async function requireMark(session: Session, connection: ConnectionSettings): Promise<void> {
  const state = markState(await readMark(session));
  if (state === 'marked') return;
  throw new Failure('usage', {
    where: displayAddress(connection),
    ...(state === 'none'
      ? {
          message: 'the database bears no mark that it may be changed for good',
          hint: 'where it may: rehearse mark with the same address',
        }
      : {
          message:
            'the mark on the database was made for another one: it came here by a dump, a copy of the server or a standby that was promoted',
          hint: 'where this one may be changed for good as well: rehearse mark with the same address',
        }),
  });
}

export interface Tolerance {
  readonly tolerated: readonly Concern[];
  readonly scenario: Pick<Scenario, 'otherTraffic'>;
  readonly signal: AbortSignal;
}

/**
 * Looks for a second and a half whether somebody depends on the server. Returns what was tolerated or could not be seen, a sentence each. Throws `Failure('usage')` for
 * anything else.
 */
export async function requireQuiet(
  session: Session,
  connection: ConnectionSettings,
  { tolerated, scenario, signal }: Tolerance,
): Promise<readonly string[]> {
  const { objections, missing } = await lookAround(session, scenario.otherTraffic, signal);
  const refused = objections.filter(({ about }) => !tolerated.includes(about));
  if (refused.length === 0) return [...objections.map(toleratedSentence), ...missing];
  const concerns = [...new Set(refused.map(({ about }) => about))];
  throw new Failure('usage', {
    where: displayAddress(connection),
    message: `somebody depends on this server: ${refused.map(({ found }) => found).join('; ')}`,
    hint: `where a rehearsal may disturb them, say so: --tolerate ${concerns.join(',')}`,
  });
}

const toleratedSentence = ({ about, found }: Objection): string =>
  `rehearsed although somebody depends on this server (--tolerate ${about}): ${found}`;
