import type {
  PhaseResult,
  ReportFile,
  Result,
  StatementLock,
  StatementResult,
  StepResult,
  TransactionResult,
} from '#rooms/result/index.js';
import { LatencyHistogram } from '#rooms/statistics/index.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

import { OBSERVER } from './sample-waits.ts';

export { session, wait } from './sample-waits.ts';

/* Small results written by hand. Each builder gives a complete, healthy value; a test changes what it is about. */

type Phase = PhaseResult['name'];
type Latency = TransactionResult['response'];

export function latencies(values: readonly number[]): Latency {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(ms(value));
  const at = (percent: number) => histogram.percentile(percent);
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max,
    histogram: histogram.encode(),
  };
}

export const times = (count: number, value: number): readonly number[] =>
  Array.from({ length: count }, () => value);

export interface Arrivals {
  readonly response: readonly number[];
  readonly lag?: readonly number[];
  readonly failedByClass?: TransactionResult['failedByClass'];
  readonly dropped?: number;
  readonly inFlight?: number;
  readonly neverStarted?: number;
}

export function transaction(name: string, phase: Phase, arrivals: Arrivals): TransactionResult {
  const { response, failedByClass = {}, dropped = 0, inFlight = 0, neverStarted = 0 } = arrivals;
  const failed = Object.values(failedByClass).reduce((sum, count) => sum + count, 0);
  const started = response.length + failed + inFlight;
  return {
    name,
    workload: 'main',
    phase,
    planned: started + dropped + neverStarted,
    completed: response.length,
    failed,
    failedByClass,
    dropped,
    inFlight,
    neverStarted,
    retried: 0,
    retries: 0,
    response: latencies(response),
    service: latencies(response),
    queueWait: latencies(times(started, 0.1)),
    dispatchLag: latencies(arrivals.lag ?? times(started + neverStarted, 0.5)),
    failedAfter: latencies(times(failed, 5)),
    unfinished: latencies(times(inFlight + neverStarted, 10_000)),
  };
}

export function phase(name: Phase, startedAt: number, duration: number, longestStall = 20): PhaseResult {
  return {
    name,
    startedAt: ms(startedAt),
    duration: ms(duration),
    longestStall: ms(longestStall),
    longestStallAt: ms(startedAt),
    longestIdle: ms(10),
  };
}

export function lock(
  relation: string,
  mode: StatementLock['mode'],
  held: number,
  more: { waited?: number; grantedAt?: number } = {},
): StatementLock {
  const { waited = 0, grantedAt = 10_000 } = more;
  return { relation, mode, waited: ms(waited), held: ms(held), grantedAt: ms(grantedAt), source: 'exact' };
}

export interface Work {
  readonly startedAt?: number;
  readonly working?: number;
  readonly waiting?: number;
  readonly locks?: readonly StatementLock[];
  readonly rewritten?: readonly { relation: string; megabytes: number; rows: number }[];
  readonly scanned?: readonly { relation: string; megabytes: number; rows: number }[];
  readonly error?: StatementResult['error'];
}

export function statement(text: string, work: Work = {}): StatementResult {
  const { startedAt = 10_000, working = 1, waiting = 0, locks = [], rewritten = [], scanned = [] } = work;
  const workOn = ({ relation, megabytes, rows }: { relation: string; megabytes: number; rows: number }) => ({
    relation,
    bytes: bytes(megabytes * 1024 ** 2),
    rows,
  });
  return {
    text,
    startedAt: ms(startedAt),
    duration: ms(working + waiting),
    waiting: ms(waiting),
    working: ms(working),
    locks,
    rewritten: rewritten.map(workOn),
    scanned: scanned.map(workOn),
    walBytes: bytes(8192),
    notices: [],
    error: work.error,
  };
}

export const NO_IMPACT: StepResult['impact'] = {
  arrivals: 40,
  waited: 0,
  longestWait: ms(0),
  longestStall: ms(0),
};

export function impact(
  waited: number,
  arrivals: number,
  longestWait: number,
  longestStall = 0,
): StepResult['impact'] {
  return { arrivals, waited, longestWait: ms(longestWait), longestStall: ms(longestStall) };
}

export function step(statements: readonly StatementResult[], changes: Partial<StepResult> = {}): StepResult {
  const duration = ms(Math.max(1, ...statements.map((of) => of.duration)));
  return {
    name: 'step',
    kind: 'sql',
    title: statements[0]?.text ?? '',
    outcome: 'applied',
    startedAt: ms(10_000),
    duration,
    lockTimeout: ms(2_000),
    attempts: [{ startedAt: ms(10_000), duration }],
    statements,
    impact: NO_IMPACT,
    ...changes,
  };
}

const state = (name: string, rows: number, megabytes: number) => ({
  name,
  rows,
  heapBytes: bytes(megabytes * 1024 ** 2),
  totalBytes: bytes(megabytes * 1024 ** 2),
});

/** A table that was there before the migration. */
export function table(name: string, rows = 100_000): Result['relations'][number] {
  return { name, before: state(name, rows, 60), after: state(name, rows, 60) };
}

/** A table that the migration created. */
export function newTable(name: string): Result['relations'][number] {
  return { name, after: state(name, 0, 0) };
}

export function migration(...steps: readonly StepResult[]): NonNullable<Result['migration']> {
  const outcome = steps.find((of) => of.outcome !== 'applied')?.outcome ?? 'applied';
  return { startedAt: ms(10_000), duration: ms(500), outcome, steps };
}

export const HEALTHY_TRANSACTIONS: readonly TransactionResult[] = [
  transaction('order_page', 'baseline', { response: times(300, 3) }),
  transaction('order_page', 'migration', { response: times(300, 4) }),
  transaction('place_order', 'baseline', { response: times(100, 5) }),
  transaction('place_order', 'migration', { response: times(100, 6) }),
];

/** A rehearsal at scale 0.002 that passes: one harmless statement, traffic that noticed nothing. */
export function resultOf(changes: Partial<Result> = {}): Result {
  return { ...HEALTHY, ...changes };
}

/** The scenario of a result with some of its parts changed. */
export function scenarioOf(changes: Partial<Result['scenario']>): Result['scenario'] {
  return { ...HEALTHY.scenario, ...changes };
}

const HEALTHY: Result = {
  schemaVersion: 1,
  harness: { name: 'pg-rehearse', version: '0.1.0', node: '20.20.2' },
  scenario: {
    name: 'orders-add-note',
    file: 'scenarios/orders-add-note.yaml',
    hash: 'a1b2c3d4e5f6a7b8',
    thresholds: [],
    validity: [],
    accept: [],
    workloads: [{ name: 'main', executor: 'constant-arrival-rate', connections: 10, rate: 40 }],
  },
  dataset: {
    file: 'datasets/shop.yaml',
    hash: 'b2c3d4e5f6a7b8c9',
    scale: 0.002,
    seed: 42,
    fromCache: true,
    rows: { orders: 100_000, customers: 20_000 },
  },
  startedAt: '2026-11-22T18:00:00.000Z',
  duration: ms(25_000),
  preparation: ms(3_000),
  outcome: { kind: 'completed' },
  server: {
    target: 'embedded',
    version: '18.4',
    versionNumber: 180_004,
    settings: { deadlock_timeout: '1s' },
  },
  host: {
    platform: 'linux',
    cpuModel: 'a processor',
    cpus: 2,
    memory: 4 * 1024 ** 3,
    harnessPeakMemory: 120 * 1024 ** 2,
  },
  phases: [
    phase('baseline', 0, 10_000),
    phase('migration', 10_000, 10_000),
    phase('recovery', 20_000, 2_000),
  ],
  transactions: HEALTHY_TRANSACTIONS,
  warnings: [],
  timeline: { interval: ms(1_000), points: [] },
  intervals: [],
  errors: [],
  actors: [],
  generator: {
    workers: 1,
    connections: 10,
    connectionsLost: 0,
    reconnects: 0,
    eventLoopUtilization: 0.2,
    garbageCollection: { longest: ms(2), total: ms(20), count: 30 },
    planned: 800,
    dispatched: 800,
  },
  migration: migration(
    step([
      statement('ALTER TABLE orders ADD COLUMN note text', {
        locks: [lock('orders', 'AccessExclusiveLock', 1.2)],
      }),
    ]),
  ),
  lockWaits: [],
  lockWaitsLeftOut: 0,
  blockingChains: [],
  observer: OBSERVER,
  leftovers: [],
  relations: [table('orders'), table('customers', 20_000)],
};

/** The example of the README: a volatile default rewrites the table under the traffic. */
export const REWRITE: Result = resultOf({
  scenario: scenarioOf({
    name: 'orders-add-column-naive',
    file: 'scenarios/orders-add-column-naive.yaml',
    safer: 'scenarios/orders-add-column-safe.yaml',
  }),
  phases: [phase('baseline', 0, 10_000), phase('migration', 10_000, 10_000, 6_800)],
  transactions: [
    transaction('order_page', 'baseline', { response: times(300, 3) }),
    transaction('order_page', 'migration', { response: [...times(100, 4), ...times(200, 6_900)] }),
    transaction('place_order', 'baseline', { response: times(100, 5) }),
    transaction('place_order', 'migration', { response: times(100, 6) }),
  ],
  migration: migration(
    step(
      [
        statement('ALTER TABLE orders\n  ADD COLUMN tracking_id uuid DEFAULT gen_random_uuid()', {
          working: 6_900,
          locks: [lock('orders', 'AccessExclusiveLock', 6_900)],
          rewritten: [{ relation: 'orders', megabytes: 212, rows: 100_000 }],
          scanned: [{ relation: 'orders', megabytes: 200, rows: 100_000 }],
        }),
      ],
      { impact: impact(1_904, 2_310, 6_900, 6_800) },
    ),
  ),
});

/** As `report.json` holds it. */
export const asReport = (result: Result): ReportFile => ({ ...result, judgement: undefined });
