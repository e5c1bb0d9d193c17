import { Failure } from '../errors.ts';
import { runMigration, type MigrationRun } from '../migration/index.ts';
import {
  activityBetween,
  activitySnapshot,
  freshLeftovers,
  schemaChanges,
  schemaFacts,
  settledLeftovers,
  smallContents,
  unfinished,
  type ActivitySnapshot,
} from '../observer/index.ts';
import type { Leftover, Rerun, RowChange, SchemaFact } from '../result/index.ts';
import { LockWaitLog, type Session } from '../target/index.ts';
import { formatDuration, milliseconds } from '../units.ts';

import { auditedSchema } from './aftermath-watch.ts';
import type { Conditions } from './conduct.ts';

/** What was there after the first run. */
export interface FirstRun {
  readonly schema: readonly SchemaFact[];
  readonly leftovers: readonly Leftover[];
  readonly ownServer: boolean;
}

/** Until PostgreSQL 14 a process of its own collects the counters, and shows them up to half a second late (pgstat.c, PGSTAT_STAT_INTERVAL). */
const COLLECTED_SINCE = milliseconds(600);
const COUNTERS_IN_SHARED_MEMORY = 150_000;

/** Runs the migration once more, without traffic, and compares. Throws the reason of a stop. */
export async function runAgain(conditions: Conditions, first: FirstRun): Promise<Rerun> {
  const { connection, clock, draft, stop } = conditions;
  return await auditedSchema(connection, async (session) => {
    const contents = await smallContents(session);
    const before = await activitySnapshot(session, milliseconds(clock.now()));
    const run = await migrateAgain(conditions);
    stop.check();
    if ((draft.measured.server?.versionNumber ?? 0) < COUNTERS_IN_SHARED_MEMORY)
      await clock.sleep(COLLECTED_SINCE);
    const after = await activitySnapshot(session, milliseconds(clock.now()));
    const rows = await changedRows(session, { before, after, contents });
    const changes = schemaChanges(first.schema, await schemaFacts(session));
    const left = await settledLeftovers(session, first, clock);
    return judged(run, {
      changes,
      rows,
      leftovers: [
        ...freshLeftovers(first.leftovers, left),
        ...(run.outcome === 'applied' ? [] : unfinished(changes)),
      ],
    });
  });
}

async function migrateAgain({
  plan,
  connection,
  clock,
  directory,
  stop,
  reporting,
  onEvent,
}: Conditions): Promise<MigrationRun> {
  const { max } = plan.scenario.phases.migration;
  const tooLong = new AbortController();
  const limit = setTimeout(() => tooLong.abort(over(max)), max);
  try {
    return await runMigration(plan.scenario.migration, {
      connection,
      clock,
      origin: clock.now(),
      directory,
      signal: AbortSignal.any([stop.signal, tooLong.signal]),
      waits: new LockWaitLog(clock),
      sees: reporting.sees,
      onEvent: (event) => onEvent({ kind: 'migration', event }),
    });
  } finally {
    clearTimeout(limit);
  }
}

const over = (max: number): Failure =>
  new Failure('migration.failed', {
    message: `the second run was cancelled: it was not over after ${formatDuration(milliseconds(max))} (phases.migration.max)`,
  });

interface Looks {
  readonly before: ActivitySnapshot;
  readonly after: ActivitySnapshot;
  readonly contents: ReadonlyMap<string, string>;
}

/** Written rows, but for those of small tables that hold the same as before. */
async function changedRows(
  session: Session,
  { before, after, contents }: Looks,
): Promise<readonly RowChange[]> {
  const written = activityBetween(before, after).tables.filter(
    ({ inserted, updated, deleted }) => inserted + updated + deleted > 0,
  );
  const now = written.length === 0 ? contents : await smallContents(session);
  return written
    .filter(({ relation }) => !now.has(relation) || now.get(relation) !== contents.get(relation))
    .map(({ relation, inserted, updated, deleted }) => ({ relation, inserted, updated, deleted }));
}

/** What the second run means: it shall change nothing, or fail and leave nothing. */
export function judged(run: MigrationRun, left: Pick<Rerun, 'changes' | 'rows' | 'leftovers'>): Rerun {
  const rewritten = [
    ...new Set(
      run.steps.flatMap(({ statements }) =>
        statements.flatMap((statement) => statement.rewritten.map(({ relation }) => relation)),
      ),
    ),
  ];
  const isClean = left.changes.length + left.rows.length + left.leftovers.length + rewritten.length === 0;
  const step = run.steps.findIndex(({ error }) => error !== undefined);
  const message = run.steps[step]?.error?.message;
  return {
    ...left,
    rewritten,
    duration: run.duration,
    outcome: OUTCOMES[run.outcome === 'applied' ? 'applied' : 'failed'][isClean ? 'clean' : 'changed'],
    ...(message === undefined ? {} : { error: message, step }),
  };
}

const OUTCOMES = {
  applied: { clean: 'unchanged', changed: 'changed' },
  failed: { clean: 'failed-cleanly', changed: 'left-half-done' },
} as const;
