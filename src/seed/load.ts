import { columnList, type ElementOids, type ResolvedTable } from '../dataset/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';

import type { LoadReporter } from './progress.ts';
import { copyData } from './rows.ts';
import { seedFailure } from './failure.ts';

export interface Loading {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly reporter: LoadReporter;
}

/** Fills a table in one transaction: whole or not at all. */
export async function loadTable(table: ResolvedTable, { session, signal, reporter }: Loading): Promise<void> {
  let sent = 0;
  const onRows = (rows: number): void => {
    sent = rows;
    reporter.report(table, rows);
  };
  reporter.report(table, 0);
  if (table.rows === 0) return;
  try {
    await session.query('BEGIN');
    // Empties what the schema's own INSERTs left, and lets COPY freeze its rows.
    await session.query(`TRUNCATE ${table.sqlName}`);
    if (table.columns.length === 0) await session.query(defaultRows(table));
    else
      await session.copyIn(
        copyStatement(table),
        copyData({ table, elementOids: await elementOids(session, table), signal, onRows }),
      );
    await session.query('COMMIT');
  } catch (error) {
    throw seedFailure(error, {
      doing: `loading ${table.display}`,
      where: `table ${table.display}, ${sent} of ${table.rows} rows sent`,
    });
  }
  reporter.finish(table);
}

/**
 * FREEZE: the rows are visible to all from the start, no reader has to write hint bits and no vacuum to freeze them
 * (manual, COPY). Not allowed on a partitioned table. Cost: the load itself. 14–18.
 */
function copyStatement(table: ResolvedTable): string {
  return `COPY ${table.sqlName} (${columnList(table)}) FROM STDIN (FORMAT binary${table.partitioned ? '' : ', FREEZE'})`;
}

/** The server fills every column by itself. 14–18. */
const defaultRows = (table: ResolvedTable): string =>
  `INSERT INTO ${table.sqlName} SELECT FROM generate_series(1, ${table.rows})`;

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
