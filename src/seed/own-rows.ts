import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import { numberOf, textOf, type Session } from '../target/thread.ts';

import { readRelations, type StoredRelation } from './catalog.ts';
import type { Manifest } from './manifest.ts';

/** What an interrupted load has to fill yet, it empties first: throws `Failure('usage')` where somebody else has put rows there since. */
export async function requireOwnRows(
  session: Session,
  dataset: ResolvedDataset,
  { units }: Manifest,
): Promise<void> {
  const relations = await filledByLoad(session, dataset);
  const unfinished = relations.filter(({ quoted, table }) => !units.has(quoted) && !units.has(table));
  const [first] = await strangersRows(
    session,
    unfinished.map(({ relation }) => relation),
  );
  if (first !== undefined) throw holdsStrangersRows(first);
}

/** As far as they are there. */
async function filledByLoad(
  session: Session,
  { tables }: ResolvedDataset,
): Promise<readonly StoredRelation[]> {
  const wanted = tables.filter(({ rows }) => rows > 0).map(({ sqlName }) => sqlName);
  const { rows } = await session.query(EXISTING, [wanted]);
  return await readRelations(
    session,
    rows.map((row) => textOf(row, 'name')),
  );
}

export function holdsStrangersRows(table: string): Failure {
  return new Failure('usage', {
    message: 'expected no rows but those of the interrupted load, found others: they are not emptied away',
    where: `table ${table}`,
    hint: 'move them elsewhere and empty the table, then load again; or load into another database',
  });
}

/** Those of the relations that hold rows which no transaction of the load has written. */
export async function strangersRows(
  session: Session,
  relations: readonly string[],
): Promise<readonly string[]> {
  const own = await session.query(OWN_TRANSACTIONS);
  const ids = own.rows.map((row) => textOf(row, 'id'));
  // The raw number of the transaction stays when a row is frozen (9.4 and later).
  return await those(session, relations, {
    condition: (relation) =>
      `EXISTS (SELECT FROM ONLY ${relation} AS t WHERE t.xmin::pg_catalog.text <> ALL ($1::pg_catalog.text[]))`,
    values: [ids],
  });
}

/** Those of the relations that hold rows. */
export const filledOf = (session: Session, relations: readonly string[]): Promise<readonly string[]> =>
  those(session, relations, {
    condition: (relation) => `EXISTS (SELECT FROM ONLY ${relation})`,
    values: [],
  });

const AT_ONCE = 100;

async function those(
  session: Session,
  relations: readonly string[],
  { condition, values }: { condition: (relation: string) => string; readonly values: readonly unknown[] },
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < relations.length; at += AT_ONCE) {
    const batch = relations.slice(at, at + AT_ONCE);
    const selects = batch.map((relation, n) => `SELECT ${n} AS n WHERE ${condition(relation)}`);
    // Cost: up to a scan of each. 14–18.
    const { rows } = await session.query(selects.join(' UNION ALL '), values);
    found.push(...rows.flatMap((row) => batch[numberOf(row, 'n')] ?? []));
  }
  return found;
}

/** Cost: a name each. 14–18. */
const EXISTING =
  'SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name WHERE pg_catalog.to_regclass(name) IS NOT NULL';

/** Whatever brings rows writes a row into the manifest (manifest.ts). Cost: the manifest. 14–18. */
const OWN_TRANSACTIONS = `
SELECT DISTINCT own.id::pg_catalog.text AS id FROM (
  SELECT xmin FROM rehearse.written UNION ALL SELECT xmin FROM rehearse.unit
  UNION ALL SELECT xmin FROM rehearse.settled) AS own (id)`;
