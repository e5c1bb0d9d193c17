import { sqlStateOf, type Session } from '../target/index.ts';

import { readTableObjects } from './catalog.ts';
import { seedFailure } from './failure.ts';
import { partReached, RECORD_PARTS, STAGE_BEGUN, type PartRecord, type PartState } from './manifest.ts';
import { filledOf } from './own-rows.ts';
import type { Part } from './part.ts';
import { partsToDrop } from './rebuild.ts';
import { inTransaction } from './schema.ts';

/** Definitions that are read under this path name every object with its schema. 14–18. */
const QUALIFIED_PATH = 'SET LOCAL search_path = pg_catalog';

/** Writes into the manifest what stands besides the tables, before any of it goes. */
export async function recordParts(
  session: Session,
  tables: readonly string[],
): Promise<readonly PartRecord[]> {
  return await inTransaction(session, async () => {
    await session.query(QUALIFIED_PATH);
    const parts = partsToDrop(await readTableObjects(session, tables));
    await session.query(RECORD_PARTS, [parts.map((_, n) => n), parts.map((part) => JSON.stringify(part))]);
    return parts.map((part, n) => ({ n, part, state: 'standing' as const }));
  });
}

/** Few enough for the server's table of locks. */
const DROPPED_AT_ONCE = 100;

/** Takes away what stands; what is still needed is kept. The records with their new states. */
export async function dropParts(
  session: Session,
  records: readonly PartRecord[],
): Promise<readonly PartRecord[]> {
  const states = new Map(records.map(({ n, state }) => [n, state]));
  const drops = records.filter(({ part, state }) => part.drop !== null && state === 'standing');
  for (let at = 0; at < drops.length; at += DROPPED_AT_ONCE) {
    const batch = drops.slice(at, at + DROPPED_AT_ONCE);
    const gone = await dropBatch(session, batch);
    for (const { n } of batch) states.set(n, gone.has(n) ? 'dropped' : 'kept');
  }
  await followParents(session, records, states);
  return records.map((record) => ({ ...record, state: states.get(record.n) ?? record.state }));
}

async function dropBatch(session: Session, batch: readonly PartRecord[]): Promise<ReadonlySet<number>> {
  const ns = batch.map(({ n }) => n);
  try {
    await session.query([...batch.map(({ part }) => part.drop ?? ''), partReached(ns, 'dropped')].join('; '));
    return new Set(ns);
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw dropFailure(error, batch);
  }
  // Something in it is still needed, or the locks were too many.
  const gone = new Set<number>();
  for (const record of batch) if (await dropOne(session, record)) gone.add(record.n);
  return gone;
}

/** 2BP01: something else needs it, such as a view that groups by the primary key; then it stays and loading is slower. */
const STILL_NEEDED = '2BP01';

async function dropOne(session: Session, { n, part }: PartRecord): Promise<boolean> {
  try {
    await session.query(`${part.drop ?? ''}; ${partReached([n], 'dropped')}`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== STILL_NEEDED) throw dropFailure(error, [{ part }]);
    await session.query(partReached([n], 'kept'));
    return false;
  }
}

function dropFailure(error: unknown, [first]: readonly { readonly part: Part }[]): unknown {
  const { name = '', table = '' } = first?.part ?? {};
  return seedFailure(error, { doing: `dropping ${name} before loading`, where: `table ${table}` });
}

/** Parts of a partition went, or stayed, with their parents'. */
async function followParents(
  session: Session,
  records: readonly PartRecord[],
  states: Map<number, PartState>,
): Promise<void> {
  const byIndex = new Map(records.map((record) => [record.part.index, record.n]));
  const followers = records.filter(({ part, state }) => part.drop === null && state === 'standing');
  for (const { n, part } of followers) {
    const parent = part.parentIndex === null ? undefined : byIndex.get(part.parentIndex);
    const parentState = parent === undefined ? undefined : states.get(parent);
    states.set(n, parentState === 'dropped' ? 'dropped' : 'kept');
  }
  for (const state of ['dropped', 'kept'] as const) {
    const ns = followers.map(({ n }) => n).filter((n) => states.get(n) === state);
    if (ns.length > 0) await session.query(partReached(ns, state));
  }
}

/** All is dropped that goes; loading begins, in one transaction with the emptying of what the schema's own INSERTs have filled. */
export async function beginLoading(session: Session, relations: readonly string[]): Promise<void> {
  await inTransaction(session, async () => {
    const filled = await filledOf(session, relations);
    if (filled.length > 0)
      await session.query(`TRUNCATE ${filled.map((relation) => `ONLY ${relation}`).join(', ')}`);
    await session.query(STAGE_BEGUN, ['load']);
  });
}
