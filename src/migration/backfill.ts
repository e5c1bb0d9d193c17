import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';
import type { BackfillStep } from '../plan/index.ts';
import type { Attempt } from '../result/index.ts';
import { isNull, numberOf, textOf, type Session } from '../target/index.ts';
import { bytes, milliseconds, type Milliseconds } from '../units.ts';

import { withRetries } from './attempts.ts';
import { difference, sessionFacts } from './facts.ts';
import { inSession } from './session.ts';
import {
  elapsed,
  stepRun,
  unseenStatement,
  type MigrationContext,
  type StepFailure,
  type StepRun,
} from './step.ts';

/**
 * Updates a table batch by batch along its key, each batch a transaction of its own, so that no row stays locked for longer than one
 * batch takes. Never rejects.
 */
export async function runBackfill(
  step: BackfillStep,
  index: number,
  context: MigrationContext,
): Promise<StepRun> {
  const startedAt = elapsed(context);
  const done: Done = { batches: 0, rows: 0, slowest: milliseconds(0), walBytes: 0, attempts: [] };
  const failure = await inSession(index, context, async (session) => {
    await setTimeouts(session, step);
    const key = step.key ?? (await primaryKey(session, step.table));
    const before = await sessionFacts(session, context.sees);
    const failed = await batchByBatch({ session, sql: batchSql(step, key), step, index, context, done });
    if (!session.isLost)
      done.walBytes = difference(before, await sessionFacts(session, context.sees)).walBytes;
    return failed;
  });
  const { attempts, walBytes, batches, rows, slowest } = done;
  const statement = { ...unseenStatement(step, startedAt, context), walBytes: bytes(walBytes) };
  const measured = { startedAt, attempts, statements: [statement], lockTimeout: step.lockTimeout };
  return {
    ...stepRun(step, measured, failure, context),
    ...(batches === 0 && failure !== undefined
      ? {}
      : { backfill: { table: step.table, batches, rows, slowestBatch: slowest } }),
  };
}

interface Work {
  readonly session: Session;
  readonly sql: BatchSql;
  readonly step: BackfillStep;
  readonly index: number;
  readonly context: MigrationContext;
  readonly done: Done;
}

async function batchByBatch({
  session,
  sql,
  step,
  index,
  context,
  done,
}: Work): Promise<StepFailure | undefined> {
  for (let last: readonly string[] | undefined; ;) {
    const from = last;
    const tried = await withRetries(
      step,
      context,
      (attempt, message) => context.onEvent({ kind: 'retry', step: index, attempt, message }),
      () => runBatch(session, sql, from),
    );
    note(done, tried.attempts);
    if (!tried.ok) return { error: tried.error, statement: from === undefined ? sql.first : sql.next };
    if (tried.value === undefined) return undefined;
    last = tried.value.last;
    done.rows += tried.value.rows;
    done.batches++;
    context.onEvent({ kind: 'batch', step: index, rows: done.rows });
    await context.clock.sleep(step.pause, context.signal);
  }
}

interface Done {
  batches: number;
  rows: number;
  slowest: Milliseconds;
  walBytes: number;
  readonly attempts: Attempt[];
}

/** Of thousands of batches only the tries that failed are worth keeping one by one. */
function note(done: Done, attempts: readonly Attempt[]): void {
  done.attempts.push(...attempts.filter((attempt) => attempt.message !== undefined));
  done.slowest = milliseconds(Math.max(done.slowest, ...attempts.map(({ duration }) => duration)));
}

async function setTimeouts(session: Session, { lockTimeout, statementTimeout }: BackfillStep): Promise<void> {
  if (lockTimeout !== undefined) await session.query(`SET lock_timeout = ${Math.round(lockTimeout)}`);
  if (statementTimeout !== undefined)
    await session.query(`SET statement_timeout = ${Math.round(statementTimeout)}`);
}

async function runBatch(
  session: Session,
  { first, next }: BatchSql,
  from: readonly string[] | undefined,
): Promise<{ readonly last: readonly string[]; readonly rows: number } | undefined> {
  const { rows } = await session.query(from === undefined ? first : next, from ?? []);
  const [row] = rows;
  if (row === undefined) return undefined;
  const columns = Object.keys(row).filter((name) => name !== 'changed');
  if (columns.some((name) => isNull(row, name)))
    throw new Error('batches can not be cut by a key that is null in some rows: choose another key');
  return { last: columns.map((name) => textOf(row, name)), rows: numberOf(row, 'changed') };
}

/** Cost: two catalog rows. Takes no lock on the table. 14–18. */
const PRIMARY_KEY = `
SELECT a.attname::text AS name FROM pg_catalog.pg_index i
CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = $1::text::pg_catalog.regclass AND i.indisprimary AND k.place <= i.indnkeyatts ORDER BY k.place`;

async function primaryKey(session: Session, table: string): Promise<readonly string[]> {
  const { rows } = await session.query(PRIMARY_KEY, [quoteRelation(table)]);
  if (rows.length > 0) return rows.map((row) => textOf(row, 'name'));
  throw new Error(
    `${table} has no primary key by which batches could be cut: name columns that an index has in that order (backfill.key)`,
  );
}

interface BatchSql {
  readonly first: string;
  /** $1, …: the key of the last row of the batch before. */
  readonly next: string;
}

/**
 * `where` stands in the UPDATE as well: of rows with the same key only some may be meant, and a row that somebody changed meanwhile is looked at anew, as by
 * any UPDATE (manual, 13.2.1). Cost: one index range scan of `batch` rows and their update. `set` and `where` are the scenario's own SQL. 14–18.
 */
function batchSql({ table: name, set, where, batch }: BackfillStep, key: readonly string[]): BatchSql {
  const table = quoteRelation(name);
  const target = quoteIdentifier(name.split('.').at(-1) ?? name);
  const columns = key.map((column, index) => ({
    name: quoteIdentifier(column),
    as: `rehearse_key_${index + 1}`,
  }));
  const list = columns.map((column) => column.name).join(', ');
  const after = `(${list}) > (${columns.map((_, index) => `$${index + 1}`).join(', ')})`;
  const meant = where === undefined ? [] : [`(${where}\n)`];
  const joined = columns.map((column) => `${target}.${column.name} = batch.${column.as}`);
  const sql = (conditions: readonly string[]): string => `
WITH batch AS (
  SELECT ${columns.map((column) => `${column.name} AS ${column.as}`).join(', ')} FROM ${table}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}
  ORDER BY ${list} LIMIT ${batch}
), changed AS (
  UPDATE ${table} SET ${set}
  FROM batch WHERE ${[...joined, ...meant].join(' AND ')} RETURNING 1
)
SELECT ${columns.map(({ as }) => `${as}::text`).join(', ')}, (SELECT count(*) FROM changed) AS changed
FROM batch ORDER BY ${columns.map(({ as }) => `batch.${as} DESC`).join(', ')} LIMIT 1`;
  return { first: sql(meant), next: sql([after, ...meant]) };
}
