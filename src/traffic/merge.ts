import type { TrafficPlan } from '../plan/index.ts';
import type {
  ErrorSample,
  GeneratorResult,
  IntervalCell,
  LatencySummary,
  PhaseResult,
  TimelinePoint,
  TransactionResult,
} from '../result/index.ts';
import { LatencyHistogram, type PackedHistogram } from '../statistics/index.ts';
import type { HeardDeadlock, HeardWait } from '../target/thread.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { entriesOf, type Entry } from './entries.ts';
import { addedErrors } from './error-log.ts';
import { addedCells, sideBySide, widened } from './intervals.ts';
import { LoadClock } from './load-clock.ts';
import { PhaseClock } from './phases.ts';
import {
  LONG_STALL,
  type CellPart,
  type IntervalPart,
  type SlowArrival,
  type StallSeen,
  type UnfinishedPart,
  type WorkerRecording,
} from './recording.ts';

/** What the traffic leaves behind, of all workers together. */
export interface TrafficRecording {
  readonly transactions: readonly TransactionResult[];
  readonly phases: readonly PhaseResult[];
  readonly interval: Milliseconds;
  readonly timeline: readonly Omit<TimelinePoint, 'waitingSessions'>[];
  readonly cells: readonly IntervalCell[];
  readonly errors: readonly ErrorSample[];
  readonly generator: GeneratorResult;
  readonly slow: readonly SlowArrival[];
  readonly slowLeftOut: number;
  readonly stalls: readonly StallSeen[];
  readonly pids: readonly number[];
  readonly lockWaits: readonly HeardWait[];
  readonly lockWaitsLeftOut: number;
  readonly deadlocks: readonly HeardDeadlock[];
}

/** `now`: when the last worker was done; `memory` that of their load clock. Equal to what one worker alone would have recorded. */
export function merge(
  plan: TrafficPlan,
  workers: readonly WorkerRecording[],
  { memory, now }: { readonly memory: SharedArrayBuffer; readonly now: Milliseconds },
): TrafficRecording {
  const entries = entriesOf(plan);
  const interval = milliseconds(Math.max(...workers.map(({ width }) => width)));
  const intervals = together(workers, interval);
  const { phases, stalls } = stretches(workers, memory, now);
  const slow = workers.flatMap((worker) => worker.slow);
  return {
    transactions: transactionsOf(entries, intervals, workers),
    phases,
    interval,
    timeline: intervals.map((part, index) => timelinePoint(part, index, { interval, phases })),
    cells: intervals.flatMap((part, index) => part.cells.map((cell) => intervalCell(cell, index, entries))),
    errors: addedErrors(workers.map(({ errors }) => errors)).map(({ entry, ...error }) => ({
      ...namesOf(entries, entry),
      ...error,
    })),
    generator: generatorOf(workers.map(({ generator }) => generator)),
    slow: workers.length === 1 ? slow : slow.toSorted((one, other) => one.endedAt - other.endedAt),
    slowLeftOut: workers.reduce((sum, { slowLeftOut }) => sum + slowLeftOut, 0),
    stalls,
    pids: workers.flatMap(({ pids }) => pids),
    lockWaits: workers.flatMap(({ lockWaits }) => lockWaits),
    lockWaitsLeftOut: workers.reduce((sum, { lockWaitsLeftOut }) => sum + lockWaitsLeftOut, 0),
    deadlocks: workers.flatMap(({ deadlocks }) => deadlocks),
  };
}

/** The intervals of all workers at the width of the widest. What lies behind the end is empty and left out. */
function together(workers: readonly WorkerRecording[], interval: Milliseconds): readonly IntervalPart[] {
  const equal = workers.map(({ width, intervals }) =>
    width === interval ? intervals : widened(intervals, interval / width),
  );
  const length = Math.max(...equal.map((intervals) => intervals.length));
  const merged = Array.from({ length }, (_, index) =>
    sideBySide(equal.flatMap((intervals) => intervals[index] ?? [])),
  );
  const last = merged.findLastIndex(({ cells }) => cells.length > 0);
  return merged.slice(0, last + 1);
}

/** Stalls and idle times with those that only the end of the run ended. */
function stretches(
  workers: readonly WorkerRecording[],
  memory: SharedArrayBuffer,
  now: Milliseconds,
): { readonly phases: readonly PhaseResult[]; readonly stalls: readonly StallSeen[] } {
  const known = workers[0]?.phases ?? [];
  const last = new PhaseClock(known.map(({ name, startedAt }) => ({ phase: name, at: startedAt })));
  const stalls = workers.flatMap((worker) => worker.stalls);
  new LoadClock(memory, {
    stall: (stall) => {
      last.stall(stall);
      if (stall.duration >= LONG_STALL) stalls.push(stall);
    },
    idle: (idle) => last.idle(idle),
  }).end(now);
  const seen = [...workers.map(({ phases }) => phases), last.results(milliseconds(Infinity))];
  return {
    phases: known.map((phase, index) =>
      longest(
        phase,
        seen.flatMap((phases) => phases[index] ?? []),
      ),
    ),
    stalls: stalls.toSorted((one, other) => one.at + one.duration - (other.at + other.duration)),
  };
}

function longest(phase: PhaseResult, seen: readonly PhaseResult[]): PhaseResult {
  const stall = seen.reduce((one, other) => (other.longestStall > one.longestStall ? other : one), phase);
  return {
    ...phase,
    longestStall: stall.longestStall,
    longestStallAt: stall.longestStallAt,
    longestIdle: milliseconds(Math.max(...seen.map(({ longestIdle }) => longestIdle))),
  };
}

function transactionsOf(
  entries: readonly Entry[],
  intervals: readonly IntervalPart[],
  workers: readonly WorkerRecording[],
): readonly TransactionResult[] {
  const unfinished = workers.flatMap((worker) => worker.unfinished);
  return addedCells(intervals.flatMap(({ cells }) => cells))
    .filter(({ due }) => due > 0)
    .map((cell) =>
      transactionResult(
        cell,
        entries,
        unfinished.filter(({ entry, phase }) => entry === cell.entry && phase === cell.phase),
      ),
    );
}

function transactionResult(
  cell: CellPart,
  entries: readonly Entry[],
  unfinished: readonly UnfinishedPart[],
): TransactionResult {
  const failed = Object.values(cell.failed).reduce((sum, count) => sum + count, 0);
  return {
    ...namesNamed(entries, cell.entry),
    phase: cell.phase,
    planned: cell.due,
    completed: cell.completed,
    failed,
    failedByClass: cell.failed,
    dropped: cell.dropped,
    inFlight: cell.started - cell.completed - (failed - cell.expired),
    neverStarted: cell.due - cell.dropped - cell.started - cell.expired,
    retried: cell.retried,
    retries: cell.retries,
    response: summary([cell.response]),
    service: summary([cell.service]),
    queueWait: summary([cell.queueWait]),
    dispatchLag: summary([cell.dispatchLag]),
    failedAfter: summary([cell.failedAfter]),
    unfinished: summary(unfinished.map(({ ages }) => ages)),
  };
}

function namesOf(entries: readonly Entry[], index: number): Pick<ErrorSample, 'transaction' | 'workload'> {
  const entry = entries[index];
  return { transaction: entry?.transaction.name ?? '', workload: entry?.workload.name ?? '' };
}

function namesNamed(entries: readonly Entry[], index: number): Pick<TransactionResult, 'name' | 'workload'> {
  const { transaction, workload } = namesOf(entries, index);
  return { name: transaction, workload };
}

function summary(parts: readonly PackedHistogram[]): LatencySummary {
  const histogram = sumOf(parts);
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p95: histogram.percentile(95),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    max: histogram.max,
    histogram: histogram.encode(),
  };
}

function sumOf(parts: readonly PackedHistogram[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const part of parts) histogram.addPacked(part);
  return histogram;
}

function timelinePoint(
  { cells, connectionsInUse, queued }: IntervalPart,
  index: number,
  { interval, phases }: { readonly interval: Milliseconds; readonly phases: readonly PhaseResult[] },
): TrafficRecording['timeline'][number] {
  const at = milliseconds(index * interval);
  const response = sumOf(cells.map((cell) => cell.response));
  const sum = (of: (cell: CellPart) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
  return {
    at,
    phase: phases.findLast(({ startedAt }) => startedAt <= at)?.name ?? 'warmup',
    due: sum(({ due }) => due),
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => Object.values(failed).reduce((total, count) => total + count, 0)),
    dropped: sum(({ dropped }) => dropped),
    p50: response.percentile(50),
    p95: response.percentile(95),
    p99: response.percentile(99),
    max: response.max,
    connectionsInUse,
    queued,
  };
}

function intervalCell(cell: CellPart, interval: number, entries: readonly Entry[]): IntervalCell {
  const failed = Object.values(cell.failed).reduce((sum, count) => sum + count, 0);
  return {
    interval,
    ...namesOf(entries, cell.entry),
    phase: cell.phase,
    due: cell.due,
    completed: cell.completed,
    failed,
    dropped: cell.dropped,
    response: sumOf([cell.response]).encode(),
    service: sumOf([cell.service]).encode(),
    queueWait: sumOf([cell.queueWait]).encode(),
    dispatchLag: sumOf([cell.dispatchLag]).encode(),
  };
}

function generatorOf(workers: readonly GeneratorResult[]): GeneratorResult {
  const sum = (of: (worker: GeneratorResult) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const most = (of: (worker: GeneratorResult) => number): number => Math.max(...workers.map(of));
  return {
    workers: workers.length,
    connections: sum(({ connections }) => connections),
    connectionsLost: sum(({ connectionsLost }) => connectionsLost),
    reconnects: sum(({ reconnects }) => reconnects),
    eventLoopUtilization: most(({ eventLoopUtilization }) => eventLoopUtilization),
    garbageCollection: {
      longest: milliseconds(most(({ garbageCollection }) => garbageCollection.longest)),
      total: milliseconds(sum(({ garbageCollection }) => garbageCollection.total)),
      count: sum(({ garbageCollection }) => garbageCollection.count),
    },
    planned: sum(({ planned }) => planned),
    dispatched: sum(({ dispatched }) => dispatched),
  };
}
