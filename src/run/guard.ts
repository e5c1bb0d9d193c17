import { Failure } from '../errors.ts';
import type { Scenario } from '../plan/index.ts';
import {
  displayAddress,
  markedName,
  markState,
  matchesEveryName,
  matchesName,
  lookAround,
  readMark,
  type Concern,
  type ConnectionSettings,
  type DatabaseMark,
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

/** What a person should know of patterns that leave the mark as the only guard. */
export function patternWarnings({ databases }: Pick<Scenario, 'databases'>): readonly string[] {
  const [wide] = databases.filter(matchesEveryName);
  return wide === undefined
    ? []
    : [
        `databases: ${JSON.stringify(wide)} allows every name, so that only the mark tells which databases may be changed for good: name them, or a part of their names`,
      ];
}

/** Throws `Failure('usage')` for a database that does not bear our mark. */
export async function requireMark(session: Session, connection: ConnectionSettings): Promise<void> {
  const mark = await readMark(session);
  const objection = objectionTo(mark);
  if (objection !== undefined)
    throw new Failure('usage', { where: displayAddress(connection), ...objection });
}

/** Undefined: it bears its own mark. */
export function objectionTo(
  mark: DatabaseMark,
): { readonly message: string; readonly hint: string } | undefined {
  switch (markState(mark)) {
    case 'marked':
      return undefined;
    case 'none':
      return {
        message: 'the database bears no mark that it may be changed for good',
        hint: 'where it may: rehearse mark with the same address',
      };
    case 'renamed':
      return {
        message: `the database was marked as ${markedName(mark.comment) ?? ''} and is called ${JSON.stringify(mark.identity.name)} now: under this name others may depend on it`,
        hint: 'where it may be changed for good all the same: mark it again, rehearse mark with the same address',
      };
    case 'unseen':
      return {
        message:
          'the mark on the database can not be compared with its server: this role may not ask which server it is',
        hint: 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system(), pg_catalog.pg_control_checkpoint() in this database; or mark it with this role: rehearse mark with the same address',
      };
    case 'serverless':
      return {
        message:
          'the mark on the database does not know its server: the role that made it may not ask which server it is',
        hint: 'where it may be changed for good: mark it with this role, rehearse mark with the same address',
      };
    case 'other':
      return {
        message:
          'the mark on the database was made for another one: it came here by a dump, a copy of the server or a standby that was promoted',
        hint: 'where this one may be changed for good as well: rehearse mark with the same address',
      };
  }
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
  const { objections, allowed, missing } = await lookAround(session, scenario.otherTraffic, signal);
  const refused = objections.filter(({ about }) => !tolerated.includes(about));
  if (refused.length === 0) return [...objections.map(toleratedSentence), ...allowed, ...missing];
  const concerns = [...new Set(refused.map(({ about }) => about))];
  throw new Failure('usage', {
    where: displayAddress(connection),
    message: `somebody depends on this server: ${refused.map(({ found }) => found).join('; ')}`,
    hint: `where a rehearsal may disturb them, say so: --tolerate ${concerns.join(',')}`,
  });
}

const toleratedSentence = ({ about, found }: Objection): string =>
  `rehearsed although somebody depends on this server (--tolerate ${about}): ${found}`;
