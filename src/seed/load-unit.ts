import type { ResolvedTable } from '../dataset/index.ts';
import { columnList, rowEncoder, type ElementOids, type RowEncoder } from '../dataset/thread.ts';
import { Failure } from '../errors.ts';
import { booleanOf, numberOf, textOf, type Session } from '../target/thread.ts';

import { deadAmong, placesFor, withDeadTuples } from './dead-tuples.ts';
import { seedFailure } from './failure.ts';
import { UNIT_LOADED } from './manifest.ts';
import { holdsStrangersRows } from './own-rows.ts';
import { copyData } from './rows.ts';
import { pageFilling } from './page-filling.ts';
import { withoutOwnTriggers } from './triggers.ts';
import type { LoadUnit } from './units.ts';

export interface UnitLoading {
  readonly session: Session;
  readonly table: ResolvedTable;
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

/** Loads a unit and says so in the manifest, in one transaction: whole or not at all. Resolves to its live rows. */
export async function loadUnit(unit: LoadUnit, loading: UnitLoading): Promise<number> {
  const { session, table } = loading;
  let sent = 0;
  const onRows = (rows: number): void => {
    sent = rows;
    loading.onRows(rows);
  };
  try {
    await session.query('BEGIN');
    await requireEmpty(session, unit);
    const filling = await pageFilling(session, unit.name, table.storage);
    const triggers = await withoutOwnTriggers(session, unit.name);
    // Lets COPY freeze its rows.
    for (const statement of [`TRUNCATE ${placeOf(unit)}`, ...filling.before, ...triggers.before])
      await session.query(statement);
    const rows = await fill(unit, { ...loading, onRows });
    for (const statement of [...triggers.after, ...filling.after]) await session.query(statement);
    await session.query(UNIT_LOADED, [unit.name, rows]);
    await session.query('COMMIT');
    return rows;
  } catch (error) {
    throw seedFailure(error, {
      doing: `loading ${unit.display}`,
      where: `table ${unit.display}, ${sent} of ${unit.rows} rows sent`,
    });
  }
}

/** A load that was killed leaves no rows of a unit that it does not record. Nobody writes between this look and the end of the load. */
async function requireEmpty(session: Session, unit: LoadUnit): Promise<void> {
  const { rows } = await session.query(emptiness(placeOf(unit)));
  if (rows[0] !== undefined && !booleanOf(rows[0], 'empty')) throw holdsStrangersRows(unit.display);
}

/** The lock comes before the snapshot. Cost: a page. 14–18. */
const emptiness = (place: string): string =>
  `LOCK TABLE ${place} IN ACCESS EXCLUSIVE MODE; SELECT NOT EXISTS (SELECT FROM ${place}) AS empty`;

/** Without ONLY, tables that inherit from it would lose the rows that they have by now; a partitioned table has none of its own. */
const placeOf = ({ name, throughParent }: LoadUnit): string => `${throughParent ? '' : 'ONLY '}${name}`;

async function fill(unit: LoadUnit, { session, table, signal, onRows }: UnitLoading): Promise<number> {
  if (table.columns.length === 0) return (await session.query(defaultRows(unit))).rowCount;
  const encoder = await encoderOf(session, table);
  const { deadTuples, from, to } = unit;
  const copied = await session.copyIn(
    copyStatement(unit, table),
    copyData({ encoder: withDeadTuples(encoder, deadTuples, from), from, to, signal, onRows }),
  );
  return copied - (await deleteDead(session, unit));
}

/** The last one of each session: the partitions of a table come one after another, and an encoder holds pools of values. */
const lastEncoders = new WeakMap<Session, { readonly table: string; readonly encoder: RowEncoder }>();

async function encoderOf(session: Session, table: ResolvedTable): Promise<RowEncoder> {
  const last = lastEncoders.get(session);
  if (last?.table === table.sqlName) return last.encoder;
  const encoder = rowEncoder(table, await elementOids(session, table));
  lastEncoders.set(session, { table: table.sqlName, encoder });
  return encoder;
}

/**
 * FREEZE: the rows are visible to all from the start, no reader has to write hint bits and no vacuum to freeze them
 * (manual, COPY). Not allowed on a partitioned table. Cost: the load itself. 14–18.
 */
function copyStatement(unit: LoadUnit, table: ResolvedTable): string {
  return `COPY ${unit.name} (${columnList(table)}) FROM STDIN (FORMAT binary${unit.throughParent ? '' : ', FREEZE'})`;
}

/** The server fills every column by itself. 14–18. */
const defaultRows = (unit: LoadUnit): string =>
  `INSERT INTO ${unit.name} SELECT FROM generate_series(1, ${unit.rows})`;

async function deleteDead(session: Session, { name, display, deadTuples, rows }: LoadUnit): Promise<number> {
  if (deadTuples === 0) return 0;
  for (const setting of DELETE_SETTINGS) await session.query(setting);
  const { rowCount } = await session.query(deleteDeadStatement(name), [deadTuples]);
  const expected = deadAmong(placesFor(rows, deadTuples), deadTuples);
  if (rowCount === expected) return rowCount;
  throw new Failure('bug', {
    message: `expected ${expected} dead tuples in ${display}, found ${rowCount}`,
    where: `table ${display}`,
  });
}

/** Without statistics the planner knows little of a fresh table. One transaction. 14–18. */
const DELETE_SETTINGS = [
  'SET LOCAL enable_nestloop = off',
  'SET LOCAL enable_mergejoin = off',
  `SET LOCAL work_mem = '64MB'`,
];

/**
 * Deletes tuples by their place in the heap, counted from 0 as `isDeadPlace` does; a COPY into an emptied table fills it in
 * order. Cost: two scans and a hash of the dead. 14–18.
 */
const deleteDeadStatement = (table: string): string => `
DELETE FROM ONLY ${table} AS t USING (
  SELECT tid FROM (SELECT ctid AS tid, (row_number() OVER () - 1)::float8 AS place FROM ONLY ${table}) AS p
  WHERE floor((place + 1) * $1::float8) <> floor(place * $1::float8)
) AS dead WHERE t.ctid = dead.tid`;

/** Only the server knows the OIDs of types that the schema makes. */
async function elementOids(session: Session, table: ResolvedTable): Promise<ElementOids> {
  const unknown = table.columns.filter(({ type }) => type.kind === 'array' && type.elementOid === undefined);
  if (unknown.length === 0) return new Map();
  const { rows } = await session.query(ELEMENT_OIDS, [table.sqlName, unknown.map((column) => column.name)]);
  return new Map(rows.map((row) => [textOf(row, 'column'), numberOf(row, 'element')]));
}

/** Catalog only; 14–18. A domain over an array has the array as its base. */
const ELEMENT_OIDS = `
SELECT a.attname::text AS column, coalesce(nullif(t.typelem, 0), b.typelem)::int8 AS element
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = $1::text::regclass AND a.attname = ANY ($2::text[])`;
