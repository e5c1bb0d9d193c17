import { messageOf } from '../errors.ts';
import { deadTuples, partitionRoots, vacuum } from '../observer/index.ts';
import { firstTrialSlot, TrialSession, trialPrograms, type TrialProgram } from '../traffic/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { audited } from './aftermath-watch.ts';
import { compareLooks } from './compare-looks.ts';
import type { Conditions } from './conduct.ts';
import { look, lookAgain, type Look, type LookSettings } from './statement-look.ts';

/** A statement that takes longer would keep the run from beginning. */
const TIMEOUT = milliseconds(2_000);

/** What the statements did before the migration. */
export interface BenchmarkedBefore {
  readonly look: Look;
  readonly programs: readonly TrialProgram[];
}

/**
 * Each statement of the traffic alone, before there is traffic; undefined where it can not be done, which the draft is told. Throws the reason of a stop.
 */
export async function benchmarkBefore(
  conditions: Conditions,
  time: Milliseconds,
): Promise<BenchmarkedBefore | undefined> {
  const { connection, draft, plan, onEvent, serverLog } = conditions;
  onEvent({ kind: 'stage', stage: 'starting', note: 'each statement of the traffic alone' });
  return await benchmarked(conditions, async () => {
    const programs = trialPrograms(plan.traffic);
    const before = await audited(connection, deadTuples);
    const { found, written } = await tried(conditions, { programs, time }, look);
    // Dead rows that a dataset asks for are not the harness's to remove.
    const own = serverLog === undefined ? [] : [...written].filter((oid) => !before.has(oid));
    if (own.length > 0) await audited(connection, (session) => vacuum(session, own));
    draft.add({ statementBenchmark: compareLooks(found, undefined, { newIndexes: [], limit: TIMEOUT }) });
    return { look: found, programs };
  });
}

/** The same once more, and what is different. */
export async function benchmarkAfter(
  conditions: Conditions,
  before: BenchmarkedBefore,
  time: Milliseconds,
): Promise<void> {
  const { draft, onEvent } = conditions;
  onEvent({ kind: 'stage', stage: 'audit', note: 'each statement of the traffic alone, once more' });
  await benchmarked(conditions, async () => {
    const { found } = await tried(conditions, { programs: before.programs, time }, (session, settings) =>
      lookAgain(session, settings, before.look),
    );
    const newIndexes = (draft.measured.aftermath?.newIndexes ?? []).map(({ name }) => name);
    draft.add({ statementBenchmark: compareLooks(before.look, found, { newIndexes, limit: TIMEOUT }) });
  });
}

/** The run is worth it all the same. */
async function benchmarked<Value>(
  { stop, draft }: Conditions,
  work: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    stop.check();
    draft.warn(`the statements of the traffic could not be tried alone: ${messageOf(error)}`);
    return undefined;
  }
}

type Asked = Pick<LookSettings, 'programs' | 'time'>;

/** On a session that is cut when the run is stopped. */
async function tried(
  { connection, clock, plan, stop }: Conditions,
  asked: Asked,
  work: (session: TrialSession, settings: LookSettings) => Promise<Look>,
): Promise<{ readonly found: Look; readonly written: ReadonlySet<string> }> {
  stop.check();
  const roots = await stop.race(audited(connection, partitionRoots));
  await using session = await TrialSession.open(connection, TIMEOUT, clock);
  const cut = (): void => {
    void session.cancel().finally(() => session.drop(new Error('the run was stopped')));
  };
  const { signal } = stop;
  signal.addEventListener('abort', cut, { once: true });
  try {
    const firstSlot = firstTrialSlot(plan.traffic);
    const found = await stop.race(work(session, { ...asked, firstSlot, roots, clock, signal }));
    return { found, written: session.written };
  } finally {
    signal.removeEventListener('abort', cut);
  }
}
