import type { StatementRun, StepRun } from '../migration/index.ts';
import type { Observation } from '../observer/index.ts';
import { dueWithin, isOpen, type TrafficPlan } from '../plan/index.ts';
import {
  LOCK_MODES,
  type LockWait,
  type StatementLock,
  type StatementResult,
  type StepImpact,
  type StepResult,
} from '../result/index.ts';
import type { SlowArrival, TrafficRecording } from '../traffic/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

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
  { lockSource, pid, ...statement }: StatementRun,
  { lockWaits, observation }: LockEvidence,
): StatementResult {
  const span = spanOf(statement);
  const waits = lockWaits.filter(
    ({ waiter, ...wait }) =>
      waiter.kind === 'migration' && isOf(pid, waiter) && overlap(spanOf(wait), span) > 0,
  );
  // A command's sessions may wait side by side.
  const sampled = union(waits.map(spanOf)).reduce((sum, wait) => sum + overlap(wait, span), 0);
  const waiting = milliseconds(Math.min(statement.duration, Math.max(statement.waiting, sampled)));
  const own = { ...observation, locks: observation.locks.filter((lock) => isOf(pid, lock)) };
  const locks = locksOf(lockSource, statement.locks, { span, waiting, waits, observation: own });
  const phases = observation.buildPhases
    .filter((phase) => isOf(pid, phase) && overlap(spanOf(phase), span) > 0)
    .map(({ pid: _, ...phase }) => phase);
  return {
    ...statement,
    waiting,
    working: milliseconds(statement.duration - waiting),
    locks,
    ...(phases.length === 0 ? {} : { phases }),
  };
}

/** A tool may work in several sessions side by side; a step as a whole has all of them. */
const isOf = (pid: number | undefined, session: { readonly pid: number }): boolean =>
  pid === undefined || session.pid === pid;

function locksOf(
  source: StatementRun['lockSource'],
  locks: readonly StatementLock[],
  surroundings: Surroundings,
): readonly StatementLock[] {
  switch (source) {
    case 'own-session':
      return locks.map((lock) => observedLock(lock, surroundings));
    case 'event-triggers':
      return locks;
    case 'unseen':
      return sampledLocks(surroundings);
  }
}

interface Surroundings {
  readonly span: Span;
  readonly waiting: Milliseconds;
  readonly waits: readonly LockWait[];
  readonly observation: LockEvidence['observation'];
}

/**
 * When a lock that its own session read was granted and released. A statement gets its locks at its start, or when its waiting for that very lock is
 * over. The answer to COMMIT comes later than the release where a big file has to be removed: what was seen of the release then counts.
 */
function observedLock(
  lock: StatementLock,
  { span, waiting, waits, observation }: Surroundings,
): StatementLock {
  const isSame = (other: { readonly relation: string; readonly mode: string }): boolean =>
    other.relation === lock.relation && other.mode === lock.mode;
  const seen = observation.locks.find(
    (one) => isSame(one) && overlap({ from: one.grantedAt, to: one.releasedAt }, span) > 0,
  );
  const own = union(waits.filter(isSame).map(spanOf));
  const { waited, grantedAt } =
    own.length > 0 ? afterOwnWaits(own) : afterOtherWaits({ span, waiting, waits, seen });
  const answered = lock.grantedAt + lock.held;
  const early = seen !== undefined && seen.releasedAt + observation.observer.interval < answered;
  const releasedAt = early ? seen.releasedAt : answered;
  const source = early ? 'sampled' : lock.source;
  return { ...lock, waited, grantedAt, held: milliseconds(Math.max(0, releasedAt - grantedAt)), source };
}

interface Grant {
  readonly waited: Milliseconds;
  readonly grantedAt: Milliseconds;
}

const afterOwnWaits = (waits: readonly Span[]): Grant => ({
  waited: milliseconds(waits.reduce((sum, { from, to }) => sum + to - from, 0)),
  grantedAt: milliseconds(Math.max(...waits.map(({ to }) => to))),
});

/** Nobody saw it wait for this lock. One that was seen before the waiting was over came first. */
function afterOtherWaits({
  span,
  waiting,
  waits,
  seen,
}: Omit<Surroundings, 'observation'> & {
  readonly seen: { readonly grantedAt: Milliseconds } | undefined;
}): Grant {
  const waitOver = milliseconds(span.from + waiting);
  if (waits.length === 0) return { waited: waiting, grantedAt: waitOver };
  const isFirst = seen !== undefined && seen.grantedAt < waitOver;
  return { waited: milliseconds(0), grantedAt: isFirst ? span.from : waitOver };
}

/** One entry a table and mode, with its longest hold: a backfill takes the same lock for every batch. */
function sampledLocks({
  span,
  waits,
  observation: { locks, observer },
}: Surroundings): readonly StatementLock[] {
  const longest = new Map<string, StatementLock>();
  for (const { relation, mode: written, grantedAt, releasedAt } of locks) {
    const mode = LOCK_MODES.find((one) => one === written);
    // What was held before is another statement's; a sample is taken over a moment, and its time is the beginning of it.
    if (mode === undefined || grantedAt < span.from - observer.interval || grantedAt > span.to) continue;
    const held = milliseconds(releasedAt - grantedAt);
    const waited = Math.max(
      0,
      ...waits
        .filter((wait) => wait.relation === relation && wait.mode === mode)
        .map(({ duration }) => duration),
    );
    if (held >= (longest.get(`${relation} ${mode}`)?.held ?? 0))
      longest.set(`${relation} ${mode}`, {
        relation,
        mode,
        waited: milliseconds(waited),
        held,
        grantedAt,
        source: 'sampled',
      });
  }
  return [...longest.values()];
}

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
