import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { displayName, quoteLiteral } from '../postgres/index.ts';
import { errorClassOf, sqlStateOf, textOf, type Session } from '../target/index.ts';
import { after, milliseconds } from '../units.ts';

import type { DrawnStatement, PlannedStatement } from './plan-changes.ts';
import { planOf, type PartitionRoots } from './plan-shape.ts';

/* How the server would run the traffic's statements. Nothing is executed. */

/** For the session that asks: it waits for nobody, and could not write. */
export const EXPLAIN_SETTINGS = {
  lock_timeout: '500ms',
  statement_timeout: '2s',
  default_transaction_read_only: 'on',
};

/** Of all statements together: a run must not wait for more plans than it can compare. */
const PATIENCE = milliseconds(10_000);

/** The session's own time-outs say nothing about the statement. */
const OUT_OF_TIME = ['lock_timeout', 'cancelled'];

/** Cost: parses and plans, AccessShareLock for that long. 14–18. */
const PREPARE = (text: string): string => `PREPARE rehearse_plan AS ${text}`;
/** Literals, for the utility command takes no parameters; they are of unknown type, as the traffic's own are. */
const EXPLAIN = (values: readonly string[]): string =>
  `EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE rehearse_plan${values.length === 0 ? '' : `(${values.join(', ')})`}`;
const DEALLOCATE = 'DEALLOCATE ALL';
/** With values the plan for just them; without, the one that fits all (manual, PREPARE, Notes). 12–18. */
const PLANS_FOR = {
  values: 'SET plan_cache_mode = force_custom_plan',
  any: 'SET plan_cache_mode = force_generic_plan',
};

/** Cost: one pass over pg_class. 14–18. */
const PARTITIONS = `
SELECT c.relkind IN ('i', 'I') AS is_index, n.nspname AS schema, c.relname AS name, rn.nspname AS root_schema, r.relname AS root
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = pg_catalog.pg_partition_root(c.oid) JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relispartition`;

/** The plan of each statement for each of its arrivals. What time does not allow is left out. Rejects where the session is lost. */
export async function explainStatements(
  session: Session,
  statements: readonly DrawnStatement[],
  clock: Clock,
): Promise<readonly PlannedStatement[]> {
  const deadline = after(clock.now(), PATIENCE);
  const roots = await partitionRoots(session);
  const planned: PlannedStatement[] = [];
  for (const statement of statements) {
    if (clock.now() > deadline) break;
    planned.push(...(await explainOne(session, statement, roots)));
  }
  return planned;
}

async function explainOne(
  session: Session,
  statement: DrawnStatement,
  roots: PartitionRoots,
): Promise<readonly PlannedStatement[]> {
  const { text, width, values } = statement;
  const arrivals = values ?? [new Array<string | null>(width).fill(null)];
  try {
    await session.query(values === undefined ? PLANS_FOR.any : PLANS_FOR.values);
    await session.query(PREPARE(text));
    const plans = [];
    for (const arrival of arrivals) {
      const { rows } = await session.query(EXPLAIN(arrival.map(literal)));
      plans.push(planOf(rows[0]?.['QUERY PLAN'], roots));
    }
    return [{ kind: 'planned', statement, plans }];
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    if (OUT_OF_TIME.includes(errorClassOf(error))) return [];
    return [{ kind: 'refused', statement, message: messageOf(error) }];
  } finally {
    if (!session.isLost) await session.query(DEALLOCATE);
  }
}

const literal = (value: string | null): string => (value === null ? 'NULL' : quoteLiteral(value).trim());

export async function partitionRoots(session: Session): Promise<PartitionRoots> {
  const { rows } = await session.query(PARTITIONS);
  const tables = new Map<string, string>();
  const indexes = new Map<string, string>();
  for (const row of rows) {
    if (row['is_index'] === true) indexes.set(textOf(row, 'name'), textOf(row, 'root'));
    else
      tables.set(
        displayName(textOf(row, 'schema'), textOf(row, 'name')),
        displayName(textOf(row, 'root_schema'), textOf(row, 'root')),
      );
  }
  return { tables, indexes };
}
