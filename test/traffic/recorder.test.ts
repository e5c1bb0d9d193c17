import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LatencyHistogram } from '#rooms/statistics/index.js';
import type { Arrival, ArrivalOutcome, TrafficError } from '#rooms/traffic/arrival.js';
import { LoadClock } from '#rooms/traffic/load-clock.js';
import { merge, type TrafficRecording } from '#rooms/traffic/merge.js';
import { Recorder } from '#rooms/traffic/recorder.js';
import type { WorkerRecording } from '#rooms/traffic/recording.js';
import { milliseconds as ms, type Milliseconds } from '#rooms/units.js';

import { trafficPlan, transaction, workload } from '../plan/sample.ts';

const NAMES = ['order_page', 'place_order'];
const PLAN = trafficPlan({ workloads: [workload({ mix: NAMES.map((name) => transaction(name)) })] });
const PHASES = [
  { phase: 'warmup', at: ms(0) },
  { phase: 'baseline', at: ms(1_000) },
  { phase: 'migration', at: ms(3_000) },
] as const;

const GENERATOR: WorkerRecording['generator'] = {
  workers: 1,
  connections: 4,
  connectionsLost: 0,
  reconnects: 0,
  eventLoopUtilization: 0.1,
  garbageCollection: { longest: ms(2), total: ms(5), count: 3 },
  planned: 0,
  dispatched: 0,
};

const error = (changes: Partial<TrafficError> = {}): TrafficError => ({
  class: 'lock_timeout',
  sqlState: '55P03',
  message: 'canceling statement due to lock timeout',
  statement: 'SELECT 1',
  ...changes,
});

const failure = (changes: Partial<TrafficError> = {}): ArrivalOutcome => ({
  kind: 'failed',
  error: error(changes),
  overcome: [],
});

/** What becomes of one arrival; times in milliseconds after each other. */
interface Fate {
  readonly at: number;
  readonly entry: number;
  readonly lag: number;
  readonly end: 'completed' | 'failed' | 'in-flight' | 'never-started' | 'dropped' | 'expired';
  readonly wait: number;
  readonly took: number;
  readonly tries: number;
}

const fates: fc.Arbitrary<readonly Fate[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 6_000 }),
    entry: fc.integer({ min: 0, max: 1 }),
    lag: fc.integer({ min: 0, max: 30 }),
    end: fc.constantFrom('completed', 'failed', 'in-flight', 'never-started', 'dropped', 'expired'),
    wait: fc.integer({ min: 0, max: 3_000 }),
    took: fc.integer({ min: 0, max: 3_000 }),
    tries: fc.constantFrom(0, 0, 0, 2),
  }),
  { maxLength: 60 },
);

const END = ms(6_001);
/** Behind everything that a fate can be. */
const NOW = ms(13_000);

/** Plays the fates in the order of time, as `workers` generators would, each with its own slots. */
function play(history: readonly Fate[], workers = 1): TrafficRecording {
  const memory = LoadClock.memory();
  const recorders = Array.from({ length: workers }, () => new Recorder(PHASES, memory));
  const events = history.flatMap((fate, slot) => eventsOf(fate, slot, recorders[slot % workers]!));
  // Stable: what belongs to one arrival stays in its order.
  for (const { tell } of events.toSorted((one, other) => one.when - other.when)) tell();
  const recordings = recorders.map((recorder, index) => ({
    ...recorder.recording(END, NOW),
    generator: GENERATOR,
    pids: [index],
  }));
  return merge(PLAN, recordings, { memory, now: NOW });
}

function eventsOf(fate: Fate, slot: number, recorder: Recorder) {
  const { at, entry, lag, end, wait, took, tries } = fate;
  const phase = recorder.phases.of(ms(at));
  const arrival: Arrival = { slot, entry, phase, at: ms(at), dispatchedAt: ms(at + lag), user: -1 };
  const startedAt = ms(at + lag + wait);
  const endedAt = ms(startedAt + took);
  const overcome = Array.from({ length: tries }, () => error({ class: 'deadlock', sqlState: '40P01' }));
  const ended = (outcome: ArrivalOutcome) => ({
    when: endedAt,
    tell: () => recorder.ended(arrival, { ...outcome, overcome }, { startedAt, endedAt, pid: 1 }),
  });
  const dispatched = { when: arrival.dispatchedAt, tell: () => recorder.dispatched(arrival) };
  const started = { when: startedAt, tell: () => recorder.started(arrival, startedAt) };
  const left = (running: { startedAt: Milliseconds; pid: number } | undefined) => ({
    when: NOW,
    tell: () => recorder.unfinished(arrival, NOW, running),
  });
  switch (end) {
    case 'completed':
      return [dispatched, started, ended({ kind: 'completed', overcome: [] })];
    case 'failed':
      return [dispatched, started, ended(failure())];
    case 'in-flight':
      return [dispatched, started, left({ startedAt, pid: 1 })];
    case 'never-started':
      return [dispatched, left(undefined)];
    case 'dropped':
      return [dispatched, { when: arrival.dispatchedAt, tell: () => recorder.dropped(arrival) }];
    case 'expired':
      return [dispatched, { when: startedAt, tell: () => recorder.expired(arrival, startedAt) }];
  }
}

/** Each run builds some twenty histograms. */
const RUNS = { numRuns: 40 };

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
const longest = (values: readonly number[]) => Math.max(0, ...values);
const isStarted = ({ end }: Fate) => ['completed', 'failed', 'in-flight'].includes(end);

describe('whatever becomes of the arrivals', () => {
  it('each is accounted for exactly once', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { transactions } = play(history);
        for (const one of transactions) {
          const { planned, completed, failed, dropped, inFlight, neverStarted } = one;
          expect(planned).toBe(completed + failed + dropped + inFlight + neverStarted);
          expect(failed).toBe(total(Object.values(one.failedByClass)));
          for (const count of [planned, completed, failed, dropped, inFlight, neverStarted])
            expect(count).toBeGreaterThanOrEqual(0);
        }
        expect(total(transactions.map(({ planned }) => planned))).toBe(history.length);
      }),
      RUNS,
    );
  });

  it('each is counted under its transaction, the phase of its intended start, and its fate', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const phaseOf = (at: number) => PHASES.findLast((phase) => phase.at <= at)!.phase;
        for (const one of play(history).transactions) {
          const own = history.filter(
            (fate) => NAMES[fate.entry] === one.name && phaseOf(fate.at) === one.phase,
          );
          const ended = (...ends: Fate['end'][]) => own.filter((fate) => ends.includes(fate.end)).length;
          expect([one.completed, one.failed, one.dropped, one.inFlight, one.neverStarted]).toEqual([
            ended('completed'),
            ended('failed', 'expired'),
            ended('dropped'),
            ended('in-flight'),
            ended('never-started'),
          ]);
          expect(one.failedByClass.pool_wait_timeout ?? 0).toBe(ended('expired'));
          const tried = own.filter(({ end, tries }) => tries > 0 && (end === 'completed' || end === 'failed'));
          expect([one.retried, one.retries]).toEqual([tried.length, 2 * tried.length]);
        }
      }),
      RUNS,
    );
  });

  it('the histograms hold the times that they are meant to', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { transactions } = play(history);
        const merged = (
          of: 'response' | 'service' | 'queueWait' | 'dispatchLag' | 'failedAfter' | 'unfinished',
        ) => {
          const whole = new LatencyHistogram();
          for (const one of transactions) whole.add(LatencyHistogram.decode(one[of].histogram));
          return [whole.count, whole.max];
        };
        const of = (...ends: Fate['end'][]) => history.filter(({ end }) => ends.includes(end));
        const expected = (own: readonly Fate[], length: (fate: Fate) => number) => [
          own.length,
          longest(own.map(length)),
        ];
        const response = ({ lag, wait, took }: Fate) => lag + wait + took;
        expect(merged('response')).toEqual(expected(of('completed'), response));
        expect(merged('service')).toEqual(expected(of('completed'), ({ took }) => took));
        expect(merged('queueWait')).toEqual(expected(history.filter(isStarted), ({ wait }) => wait));
        expect(merged('dispatchLag')).toEqual(expected(history, ({ lag }) => lag));
        expect(merged('unfinished')).toEqual(
          expected(of('in-flight', 'never-started'), ({ at }) => NOW - at),
        );
        expect(merged('failedAfter')).toEqual(
          expected(of('failed', 'expired'), (fate) =>
            fate.end === 'failed' ? response(fate) : fate.lag + fate.wait,
          ),
        );
      }),
      RUNS,
    );
  });

  it('the intervals add up to the transactions, bucket by bucket', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { cells, transactions } = play(history);
        for (const { name, phase, planned, completed, response, dispatchLag } of transactions) {
          const own = cells.filter((cell) => cell.transaction === name && cell.phase === phase);
          expect(total(own.map(({ due }) => due))).toBe(planned);
          expect(total(own.map((cell) => cell.completed))).toBe(completed);
          expect(added(own.map((cell) => cell.response)).hdr).toBe(response.histogram.hdr);
          expect(added(own.map((cell) => cell.dispatchLag)).hdr).toBe(dispatchLag.histogram.hdr);
        }
      }),
      RUNS,
    );
  });

  it('the timeline tells of the same arrivals as the transactions', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { timeline, transactions, interval } = play(history);
        for (const count of ['completed', 'failed', 'dropped'] as const)
          expect(total(timeline.map((point) => point[count]))).toBe(
            total(transactions.map((one) => one[count])),
          );
        expect(interval).toBe(1_000);
        for (const { at, due } of timeline)
          expect(due).toBe(
            history.filter((fate) => Math.floor((fate.at + fate.lag) / 1_000) * 1_000 === at).length,
          );
      }),
      RUNS,
    );
  });

  it('those that took 20 ms or more, and those that were still running, are kept one by one', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { slow, slowLeftOut } = play(history);
        const ended = history.filter(({ end }) => end === 'completed' || end === 'failed');
        const long = ended.filter(({ lag, wait, took }) => lag + wait + took >= 20);
        const running = history.filter(({ end }) => end === 'in-flight');
        expect(slow.length + slowLeftOut).toBe(long.length + running.length);
      }),
      RUNS,
    );
  });

  it('stalls are kept from 50 ms on, and none is longer than the longest of the phases', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const { phases, stalls } = play(history);
        const most = longest(phases.map(({ longestStall }) => longestStall));
        for (const { duration } of stalls) {
          expect(duration).toBeGreaterThanOrEqual(50);
          expect(duration).toBeLessThanOrEqual(most);
        }
      }),
      RUNS,
    );
  });
});

describe('four workers together', () => {
  it('leave behind what one alone would, bucket by bucket', () => {
    fc.assert(
      fc.property(fates, (history) => {
        const [one, four] = [play(history), play(history, 4)];
        expect(withoutOrder(four)).toEqual(withoutOrder(one));
      }),
      RUNS,
    );
  });
});

/** What belongs to the workers themselves is left out; lists that are in the order of hearing are sorted. */
function withoutOrder({ generator, pids, slow, errors, stalls, ...recording }: TrafficRecording) {
  const sorted = <Item>(items: readonly Item[]) => items.map((item) => JSON.stringify(item)).toSorted();
  expect(pids.length).toBe(generator.workers);
  return {
    ...recording,
    transactions: recording.transactions.toSorted((one, other) =>
      `${one.phase} ${one.name}`.localeCompare(`${other.phase} ${other.name}`),
    ).map((one) => rounded(one)),
    cells: sorted(recording.cells.map((cell) => rounded(cell))),
    errors: sorted(errors),
    slow: sorted(slow),
    stalls: sorted(stalls),
  };
}

/** Sums of doubles depend on their order in the last digit. */
const rounded = <Value>(value: Value): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  );

function added(histograms: readonly { hdr: string; max: number; sum: number }[]) {
  const whole = new LatencyHistogram();
  for (const one of histograms) whole.add(LatencyHistogram.decode(one));
  return whole.encode();
}

describe('errors', () => {
  it('are sampled once a kind, and counted, those overcome apart', () => {
    const memory = LoadClock.memory();
    const told = new Recorder(PHASES, memory);
    const arrival: Arrival = {
      slot: 0,
      entry: 1,
      phase: 'migration',
      at: ms(3_500),
      dispatchedAt: ms(3_500),
      user: -1,
    };
    const span = { startedAt: ms(3_500), endedAt: ms(3_501), pid: 1 };
    for (const outcome of [
      failure({ message: 'first' }),
      failure({ message: 'second' }),
      failure({ class: 'connection', sqlState: undefined, message: 'reset' }),
      { kind: 'completed' as const, overcome: [error({ class: 'deadlock', sqlState: '40P01', message: 'd' })] },
    ]) {
      told.dispatched(arrival);
      told.started(arrival, ms(3_500));
      told.ended(arrival, outcome, span);
    }
    const recording = { ...told.recording(ms(4_000), ms(4_000)), generator: GENERATOR, pids: [] };
    const { errors, transactions } = merge(PLAN, [recording], { memory, now: ms(4_000) });
    const common = {
      transaction: 'place_order',
      workload: 'main',
      phase: 'migration',
      statement: 'SELECT 1',
    };
    expect(errors).toEqual([
      { ...common, class: 'lock_timeout', sqlState: '55P03', message: 'first', count: 2, overcome: 0 },
      { ...common, class: 'connection', message: 'reset', count: 1, overcome: 0 },
      { ...common, class: 'deadlock', sqlState: '40P01', message: 'd', count: 0, overcome: 1 },
    ]);
    expect(transactions).toMatchObject([{ failed: 3, failedByClass: { lock_timeout: 2, connection: 1 } }]);
  });
});

it('transactions and phases without an arrival are left out', () => {
  expect(play([])).toMatchObject({ transactions: [], errors: [], timeline: [], cells: [] });
});

it('a run of many hours takes no more intervals than one of minutes, and loses no arrival', () => {
  const memory = LoadClock.memory();
  const told = new Recorder(PHASES, memory);
  const SECONDS = 20_000;
  for (let second = 0; second < SECONDS; second++) {
    const at = ms(second * 1_000);
    const arrival: Arrival = { slot: second, entry: 0, phase: told.phases.of(at), at, dispatchedAt: at, user: -1 };
    told.dispatched(arrival);
    told.started(arrival, at);
    told.ended(arrival, { kind: 'completed', overcome: [] }, { startedAt: at, endedAt: at, pid: 1 });
  }
  const end = ms(SECONDS * 1_000);
  const recording = { ...told.recording(end, end), generator: GENERATOR, pids: [] };
  const { timeline, interval, transactions } = merge(PLAN, [recording], { memory, now: end });
  expect(timeline.length).toBeLessThanOrEqual(600);
  expect(interval).toBe(64_000);
  expect(total(timeline.map(({ completed }) => completed))).toBe(SECONDS);
  expect(total(transactions.map(({ completed }) => completed))).toBe(SECONDS);
});
