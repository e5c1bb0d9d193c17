import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LatencyHistogram } from '#rooms/statistics/index.js';
import type { Arrival } from '#rooms/traffic/arrival.js';
import { LoadClock } from '#rooms/traffic/load-clock.js';
import { merge } from '#rooms/traffic/merge.js';
import { Recorder } from '#rooms/traffic/recorder.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  error,
  failure,
  fates,
  GENERATOR,
  NAMES,
  NOW,
  PHASES,
  PLAN,
  play,
  RUNS,
  total,
  type Fate,
} from './fates.ts';

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
          const tried = own.filter(
            ({ end, tries }) => tries > 0 && (end === 'completed' || end === 'failed'),
          );
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
      {
        kind: 'completed' as const,
        overcome: [error({ class: 'deadlock', sqlState: '40P01', message: 'd' })],
      },
    ]) {
      told.dispatched(arrival);
      told.started(arrival, ms(3_500));
      told.ended(arrival, outcome, span);
    }
    const recording = {
      ...told.recording(ms(4_000), ms(4_000)),
      generator: GENERATOR,
      pids: [],
      lockWaits: [],
      lockWaitsLeftOut: 0,
      deadlocks: [],
    };
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
    const arrival: Arrival = {
      slot: second,
      entry: 0,
      phase: told.phases.of(at),
      at,
      dispatchedAt: at,
      user: -1,
    };
    told.dispatched(arrival);
    told.started(arrival, at);
    told.ended(arrival, { kind: 'completed', overcome: [] }, { startedAt: at, endedAt: at, pid: 1 });
  }
  const end = ms(SECONDS * 1_000);
  const recording = {
    ...told.recording(end, end),
    generator: GENERATOR,
    pids: [],
    lockWaits: [],
    lockWaitsLeftOut: 0,
    deadlocks: [],
  };
  const { timeline, interval, transactions } = merge(PLAN, [recording], { memory, now: end });
  expect(timeline.length).toBeLessThanOrEqual(600);
  expect(interval).toBe(64_000);
  expect(total(timeline.map(({ completed }) => completed))).toBe(SECONDS);
  expect(total(transactions.map(({ completed }) => completed))).toBe(SECONDS);
});
