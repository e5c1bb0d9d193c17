import type { StatementRun, StepRun } from '../migration/index.ts';
import type { Observation } from '../observer/index.ts';
import { dueWithin, isOpen, type TrafficPlan } from '../plan/index.ts';
import type { LockWait, StatementResult, StepImpact, StepResult } from '../result/index.ts';
import type { SlowArrival, TrafficRecording } from '../traffic/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { heldLocks } from './holds.ts';
import { overlap, spanOf, union, type Span } from './span.ts';

/** Of all lock waits of a run, and of the locks that the observer saw. */
export interface LockEvidence {
  readonly lockWaits: readonly LockWait[];
  readonly observation: Pick<Observation, 'locks' | 'buildPhases' | 'observer'>;
}

/** Brings together what the migration's own session and the observer know of one step. What it did to the traffic is still to be said. */
export const completeStep = (step: StepRun, evidence: LockEvidence): StepResult => ({
  ...step,
  statements: step.statements.map((statement) => completeStatement(statement, evidence)),
  impact: NO_IMPACT,
});

const NONE = milliseconds(0);
const NO_IMPACT: StepImpact = { arrivals: 0, waited: 0, longestWait: NONE, longestStall: NONE };

/** The migration's own waits, and the locks that its session could not read by itself. */
function completeStatement(
  { lockSource, pid, release, ...statement }: StatementRun,
  { lockWaits, observation }: LockEvidence,
): StatementResult {
  const span = spanOf(statement);
  const ownWaits = lockWaits.filter(
    ({ waiter, ...wait }) =>
      waiter.kind === 'migration' && isOf(pid, waiter) && overlap(spanOf(wait), span) > 0,
  );
  // A command's sessions may wait side by side.
  const sampled = union(ownWaits.map(spanOf)).reduce((sum, wait) => sum + overlap(wait, span), 0);
  const waiting = milliseconds(Math.min(statement.duration, Math.max(statement.waiting, sampled)));
  const seen = observation.locks.filter((lock) => isOf(pid, lock));
  const { interval } = observation.observer;
  const others = lockWaits.filter(({ waiter }) => waiter.kind !== 'migration');
  const about = { span, waiting, release, ownWaits, others, seen, interval };
  const phases = observation.buildPhases
    .filter((build) => isOf(pid, build) && overlap(spanOf(build.phase), span) > 0)
    .map(({ phase }) => phase);
  return {
    ...statement,
    waiting,
    working: milliseconds(statement.duration - waiting),
    locks: heldLocks(lockSource, statement.locks, about),
    ...(phases.length === 0 ? {} : { phases }),
  };
}

/** A tool may work in several sessions side by side; a step as a whole has all of them. */
const isOf = (pid: number | undefined, session: { readonly pid: number }): boolean =>
  pid === undefined || session.pid === pid;

interface Sufferers {
  /** Blamed on the step. */
  readonly waits: readonly LockWait[];
  readonly recording: TrafficRecording;
  readonly plan: TrafficPlan;
}

/** What the traffic suffered from a step. */
export function impactOf(step: StepResult, { waits, recording, plan }: Sufferers): StepImpact {
  if (step.outcome === 'not-run') return NO_IMPACT;
  const span = spanOf(step);
  const waited = recording.slow.filter(waitersOf(waits.filter(({ waiter }) => waiter.kind === 'traffic')));
  const stalls = recording.stalls.filter(
    ({ at, duration }) => overlap(spanOf({ startedAt: at, duration }), span) > 0,
  );
  return {
    arrivals:
      dueIn(span, plan, recording) +
      recording.slow.filter(({ at, endedAt }) => at < span.from && endedAt > span.from).length,
    waited: waited.length,
    longestWait: largest(waited.map(({ at, endedAt }) => endedAt - at)),
    longestStall: largest(stalls.map(({ duration }) => duration)),
  };
}

/** Not by spreading: there may be 200,000 values, more than a call takes arguments. */
const largest = (values: readonly number[]): Milliseconds =>
  milliseconds(values.reduce((most, value) => Math.max(most, value), 0));

/** Less time in the line than this has other reasons. */
const QUEUED = milliseconds(5);

/** Tells whether an arrival's own session waited for one of the locks, or it stood in line for a connection while others did. */
export function waitersOf(waits: readonly LockWait[]): (arrival: SlowArrival) => boolean {
  const blocked = union(waits.map(spanOf));
  const byPid = new Map<number, Span[]>();
  for (const wait of waits) byPid.set(wait.waiter.pid, [...(byPid.get(wait.waiter.pid) ?? []), spanOf(wait)]);
  return ({ at, startedAt, endedAt, pid }) => {
    const own = { from: startedAt, to: endedAt };
    // Behind a pooler nobody knows whose wait it was, and the line for a backend is the pooler's.
    if (pid === undefined) return blocked.some((span) => overlap({ from: at, to: endedAt }, span) > QUEUED);
    const inLine = { from: at, to: startedAt };
    return (
      (byPid.get(pid) ?? []).some((span) => overlap(own, span) > 0) ||
      (startedAt - at > QUEUED && blocked.some((span) => overlap(inLine, span) > 0))
    );
  };
}

/** Arrivals with a rate are counted again: their timetable is a pure function. Of a closed loop the intervals tell, in proportion. */
function dueIn(span: Span, plan: TrafficPlan, recording: TrafficRecording): number {
  const phases = recording.phases.map(({ name, startedAt }) => ({ phase: name, at: startedAt }));
  const closed = plan.workloads.filter((workload) => !isOpen(workload)).map(({ name }) => name);
  const planned = plan.workloads
    .filter(isOpen)
    .reduce((sum, workload) => sum + dueWithin(workload, plan.seed, { phases, ...span }), 0);
  const seen = recording.cells
    .filter(({ workload }) => closed.includes(workload))
    .reduce((sum, { interval, due }) => {
      const startedAt = milliseconds(interval * recording.interval);
      const shared = overlap(spanOf({ startedAt, duration: recording.interval }), span);
      return sum + (due * Math.max(0, shared)) / recording.interval;
    }, 0);
  return planned + Math.round(seen);
}
