import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';
import type { BackfillStep } from '../plan/index.ts';
import type { Attempt } from '../result/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { withRetries } from './attempts.ts';
import { inSession } from './session.ts';
import { elapsed, stepRun, unseenStatement, type MigrationContext, type StepRun } from './step.ts';

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
  const done: Done = { batches: 0, rows: 0, slowest: milliseconds(0), attempts: [] };
  const failure = await inSession(index, context, async (session) => {
    await setTimeouts(session, step);
    let last: string | undefined;
    do {
      const from = last;
      const tried = await withRetries(
        step,
        context,
        (attempt, message) => context.onEvent({ kind: 'retry', step: index, attempt, message }),
        () => runBatch(session, step, from),
      );
      note(done, tried.attempts);
      if (!tried.ok) return { error: tried.error, statement: batchSql(step, from !== undefined) };
      last = tried.value?.last;
      done.rows += tried.value?.rows ?? 0;
      if (last !== undefined) {
        done.batches++;
        context.onEvent({ kind: 'batch', step: index, rows: done.rows });
        await context.clock.sleep(step.pause, context.signal);
      }
    } while (last !== undefined);
    return undefined;
  });
  const run = stepRun(
    step,
    {
      startedAt,
      attempts: done.attempts,
      statements: [unseenStatement(step, startedAt, context)],
      lockTimeout: step.lockTimeout,
    },
    failure,
    context,
  );
  return {
    ...run,
    backfill: { table: step.table, batches: done.batches, rows: done.rows, slowestBatch: done.slowest },
  };
}

interface Done {
  batches: number;
  rows: number;
  slowest: Milliseconds;
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
  step: BackfillStep,
  from: string | undefined,
): Promise<{ readonly last: string; readonly rows: number } | undefined> {
  const { rows } = await session.query(batchSql(step, from !== undefined), from === undefined ? [] : [from]);
  const [row] = rows;
  return row === undefined ? undefined : { last: textOf(row, 'last'), rows: numberOf(row, 'changed') };
}

/** Cost: one index range scan of `batch` rows and their update. `set` and `where` are the scenario's own SQL. 14–18. */
function batchSql(step: BackfillStep, continued: boolean): string {
  const table = quoteRelation(step.table);
  const key = quoteIdentifier(step.key);
  const own = `${quoteIdentifier(step.table.split('.').at(-1) ?? step.table)}.${key}`;
  const conditions = [
    ...(continued ? [`${key} > $1`] : []),
    ...(step.where === undefined ? [] : [`(${step.where}\n)`]),
  ];
  return `
WITH batch AS (
  SELECT ${key} AS rehearse_key FROM ${table}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}
  ORDER BY ${key} LIMIT ${step.batch}
), changed AS (
  UPDATE ${table} SET ${step.set}
  FROM batch WHERE ${own} = batch.rehearse_key RETURNING 1
)
SELECT rehearse_key::text AS last, (SELECT count(*) FROM changed) AS changed FROM batch ORDER BY batch.rehearse_key DESC LIMIT 1`;
}
