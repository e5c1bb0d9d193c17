import { displayName } from '../postgres/index.ts';
import type { AutovacuumCancelled, LockWait } from '../result/index.ts';
import type { Milliseconds } from '../units.ts';

/** A few lines after the error (errcontext of autovacuum.c); before it another context may tell how far it was. */
const CONTEXT = /automatic (vacuum|analyze) of table "(.+)"/;
const LINES_OF_ONE_MESSAGE = 6;

/** What the server's log, in English, says of workers of autovacuum that gave way to somebody's lock. */
export function cancelledInLog(log: string): readonly AutovacuumCancelled[] {
  const lines = log.split('\n');
  return lines.flatMap((line, index) => {
    if (!/ERROR: +canceling autovacuum task/.test(line)) return [];
    const context = lines
      .slice(index + 1, index + LINES_OF_ONE_MESSAGE)
      .map((next) => CONTEXT.exec(next))
      .find((match) => match !== null);
    const [, work, table = ''] = context ?? [];
    // Database, schema, table.
    const [, schema = '', ...name] = table.split('.');
    return [
      {
        relation: table === '' ? '' : displayName(schema, name.join('.')),
        work: work === 'analyze' ? ('analyze' as const) : ('vacuum' as const),
        source: 'log' as const,
      },
    ];
  });
}

/**
 * A worker in the way of a lock is cancelled once the waiter has waited for `deadlock_timeout` (manual, 24.1.6), unless it guards
 * against wraparound. The migration's waits behind one that got that old tell, once for each table.
 */
export function cancelledAsObserved(
  waits: readonly LockWait[],
  deadlockTimeout: Milliseconds,
): readonly AutovacuumCancelled[] {
  const behind = waits.filter(
    ({ waiter, blockers, duration }) =>
      waiter.kind === 'migration' &&
      duration >= deadlockTimeout &&
      blockers.some(({ kind, query }) => kind === 'autovacuum' && !query.includes('to prevent wraparound')),
  );
  return [...new Map(behind.map((wait) => [wait.relation, wait])).values()].map(({ relation, blockers }) => ({
    relation,
    work: blockers.some(({ query }) => /^autovacuum: ANALYZE/.test(query)) ? 'analyze' : 'vacuum',
    source: 'observed',
  }));
}
