import { quoteIdentifier } from '../postgres/index.ts';
import {
  asideName,
  commentOn,
  commentStatement,
  contentOf,
  copyStrategy,
  createOwnDatabase,
  dropDatabase,
  openOwnDatabase,
  ownComment,
  runDatabaseName,
  textOf,
  tryLockName,
  unmarkedComment,
  untilAborted,
  withoutOurWords,
  withSession,
  withShieldedSession,
  type ConnectionSettings,
  type Row,
  type Session,
} from '../target/index.ts';

import { occupied } from './vacancy.ts';

export interface CopyWork {
  /** Holds the lock of the template. */
  readonly session: Session;
  /** Of that session. */
  readonly place: ConnectionSettings;
  readonly template: string;
  /** `owner` of what is made, quoted; `version`. */
  readonly facts: Row;
  readonly signal: AbortSignal;
  /** Hears of what stayed behind. */
  readonly tell: (note: string) => void;
}

/** A database of ours, whose name is locked by the caller. Cost: two checkpoints and a copy of the files, a sample of every table. */
export async function makeCopy(work: CopyWork, name: string, owner = ''): Promise<void> {
  const { session, place, template, facts, signal } = work;
  const how = `${owner} TEMPLATE ${quoteIdentifier(template)}${copyStrategy(facts)}`;
  await untilAborted({ session, settings: place, signal }, async () => {
    const comment = withoutOurWords(await commentOn(session, template));
    await createOwnDatabase(session, name, { how, comment });
  });
  await openOwnDatabase(session, name);
  await withSession({ ...place, database: name }, 'seed', (made) => made.query(ANALYZE));
}

/** The counters of live and dead tuples are not copied. Cost: a sample of every table. 14–18. */
const ANALYZE = 'ANALYZE';

/**
 * A database for somebody. The copy gets the name when it is complete, in one transaction in which the empty database of that name loses it: whatever breaks or
 * is killed, there is one or the other. Throws `Failure('usage')` where somebody has filled it meanwhile.
 */
export async function deliver(work: CopyWork, database: string, replaces: boolean): Promise<void> {
  const { session } = work;
  const copy = await lockedName(session, runDatabaseName());
  try {
    await makeCopy(work, copy, ` OWNER ${textOf(work.facts, 'owner')}`);
    work.signal.throwIfAborted();
    const loaded = withoutOurWords(await commentOn(session, copy));
    if (replaces) await replace(work, { database, copy, loaded });
    // A rename and a comment: two catalog rows; one text is one transaction. 14–18.
    else await session.query(inOne(rename(copy, database), commentStatement(database, loaded)));
  } catch (error) {
    // Where the session is lost, the next sweep drops it.
    await dropDatabase(session, copy).catch(() => undefined);
    throw error;
  }
}

interface Replacement {
  readonly database: string;
  readonly copy: string;
  /** What the comment says of the dataset. */
  readonly loaded: string;
}

async function replace(work: CopyWork, { database, copy, loaded }: Replacement): Promise<void> {
  const { session, place, tell } = work;
  const aside = await lockedName(session, asideName());
  const words = await commentOn(session, database);
  // What somebody wrote stays; by the last line the next load knows that there is nothing to do.
  const comment = [unmarkedComment(words), loaded].filter((line) => line !== '').join('\n');
  await session.query(
    inOne(
      rename(database, aside),
      commentStatement(aside, ownComment([`it was ${database}`, words].join('\n'))),
      rename(copy, database),
      commentStatement(database, comment),
    ),
  );
  // Nobody comes in under its old name any more: this look is the last.
  const { objects, rest } = await withShieldedSession({ ...place, database: aside }, contentOf);
  if (objects.length + rest.length > 0) {
    const back = [rename(database, copy), commentStatement(copy, ownComment(loaded))];
    await session.query(inOne(...back, rename(aside, database), commentStatement(database, words)));
    throw occupied({ ...place, database }, [...objects, ...rest]);
  }
  await dropDatabase(session, aside).catch(() => tell(`${aside}, which is empty, could not be dropped`));
}

const rename = (from: string, to: string): string =>
  `ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)}`;
const inOne = (...statements: readonly string[]): string => statements.join('; ');

/** Nobody sweeps it meanwhile; the lock ends with the session. */
async function lockedName(session: Session, name: string): Promise<string> {
  await tryLockName(session, name);
  return name;
}
