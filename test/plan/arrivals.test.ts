import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  Arrivals,
  dueWithin,
  isOpen,
  WHOLE,
  type PhaseStart,
  type PlannedWorkload,
  type Stripe,
} from '#rooms/plan/index.js';
import { milliseconds as ms, perSecond } from '#rooms/units.js';

import { fits } from '../statistics/chi-square.ts';
import { constantRate, ramp, transaction, workload } from './sample.ts';

interface Seen {
  readonly slot: number;
  readonly at: number;
  readonly transaction: number;
}

interface Walk {
  readonly seed?: number;
  readonly stripe?: Stripe;
  readonly phases?: readonly PhaseStart[];
}

function arrivalsOf(of: PlannedWorkload, { seed = 42, stripe = WHOLE, phases = [] }: Walk = {}): Arrivals {
  if (!isOpen(of)) throw new Error('expected a workload with a rate');
  const arrivals = new Arrivals(of, seed, stripe);
  for (const phase of phases) arrivals.begin(phase);
  return arrivals;
}

function walk(of: PlannedWorkload, count: number, how: Walk = {}): readonly Seen[] {
  const arrivals = arrivalsOf(of, how);
  return Array.from({ length: count }, () => {
    const { slot, at, transaction: picked } = arrivals;
    arrivals.advance();
    return { slot, at, transaction: picked };
  });
}

/** Every slot that is due before the moment. */
function until(of: PlannedWorkload, end: number, how: Walk = {}): readonly number[] {
  const arrivals = arrivalsOf(of, how);
  const times: number[] = [];
  while (arrivals.at < end) {
    times.push(arrivals.at);
    arrivals.advance();
  }
  return times;
}

const processes = fc.constantFrom('poisson' as const, 'uniform' as const);
const rates = fc.double({ min: 0.01, max: 10_000, noNaN: true });
const executors = fc.oneof(
  fc.record({ rate: rates, arrival: processes }).map(({ rate, arrival }) => constantRate(rate, { arrival })),
  fc
    .record({
      from: rates,
      stages: fc.array(fc.tuple(rates, fc.integer({ min: 0, max: 60_000 })), { minLength: 1, maxLength: 4 }),
      arrival: processes,
    })
    .map(({ from, stages, arrival }) => ({ ...ramp(from, ...stages), arrival })),
);
const workloads = fc
  .record({
    executor: executors,
    weights: fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ executor, weights }) =>
    workload({
      executor,
      mix: weights.map((weight, index) => transaction(`t${index}`, { weight })),
    }),
  );

describe('uniform arrivals', () => {
  it('come at exactly the same distance, without drift', () => {
    const uniform = workload({ executor: constantRate(300, { arrival: 'uniform' }) });
    const drifted = walk(uniform, 100_000).filter(
      ({ slot, at }) => Math.abs(at - slot * (1_000 / 300)) > 1e-6,
    );
    expect(drifted).toEqual([]);
  });

  it('may be rarer than one a second', () => {
    const rare = workload({ executor: constantRate(1 / 60, { arrival: 'uniform' }) });
    expect(until(rare, 240_000).map((at) => Math.round(at))).toEqual([0, 60_000, 120_000, 180_000]);
  });
});

describe('a ramp', () => {
  const upTo100 = workload({ executor: ramp(0, [100, 10_000]) });

  it('from 0 to 100/s in 10 s has 500 slots, the n-th at √(n · 0.2) s', () => {
    const times = until(upTo100, 10_000);
    expect(times.length).toBe(500);
    times.forEach((at, n) => expect(at).toBeCloseTo(Math.sqrt(n * 0.2) * 1_000, 6));
  });

  it('holds its last target', () => {
    const after = until(upTo100, 20_000).filter((at) => at >= 10_000);
    expect(after.length).toBe(1_000);
    after.forEach((at, n) => expect(at).toBeCloseTo(10_000 + n * 10, 6));
  });

  it('down to nothing ends', () => {
    const down = workload({ executor: ramp(100, [0, 10_000]) });
    expect(until(down, 1e9).length).toBe(500);
    expect(arrivalsOf(workload({ executor: ramp(0, [0, 5_000]) })).at).toBe(Infinity);
  });

  it('may pause between two stages', () => {
    const times = until(workload({ executor: ramp(10, [10, 1_000], [0, 0], [0, 5_000], [10, 0]) }), 7_000);
    expect(times.filter((at) => at < 1_000).length).toBe(10);
    expect(times.filter((at) => at >= 1_000 && at < 6_000)).toEqual([]);
    expect(times.filter((at) => at >= 6_000).length).toBe(10);
  });

  it('with Poisson arrivals has as many as its area says', () => {
    const poisson = workload({ executor: { ...ramp(0, [1_000, 60_000]), arrival: 'poisson' } });
    // 30,000 ± 173 (standard deviation of a Poisson count).
    expect(Math.abs(until(poisson, 60_000).length - 30_000)).toBeLessThan(4 * 173);
    expect(Math.abs(until(poisson, 30_000).length - 7_500)).toBeLessThan(4 * 87);
  });
});

describe('a rate for each phase', () => {
  const phases: readonly PhaseStart[] = [
    { phase: 'warmup', at: ms(0) },
    { phase: 'baseline', at: ms(1_000) },
    { phase: 'migration', at: ms(3_000) },
    { phase: 'recovery', at: ms(4_000) },
  ];
  const byPhase = workload({
    executor: constantRate(100, {
      arrival: 'uniform',
      rates: [
        { phase: 'warmup', rate: perSecond(100) },
        { phase: 'migration', rate: perSecond(20) },
        { phase: 'recovery', rate: perSecond(200) },
      ],
    }),
  });
  const within = (times: readonly number[], from: number, to: number) =>
    times.filter((at) => at >= from && at < to).length;

  it('begins with the phase; one without goes on with the rate before', () => {
    const times = until(byPhase, 5_000, { phases });
    expect([
      within(times, 0, 1_000),
      within(times, 1_000, 3_000),
      within(times, 3_000, 4_000),
      within(times, 4_000, 5_000),
    ]).toEqual([100, 200, 20, 200]);
  });

  it('counts the slots of a stretch', () => {
    if (!isOpen(byPhase)) throw new Error('expected a workload with a rate');
    expect(dueWithin(byPhase, 42, { phases, from: 2_500, to: 4_500 })).toBe(50 + 20 + 100);
  });

  it('does not change what was due before, whenever the phase becomes known', () => {
    const late = arrivalsOf(byPhase, { phases: phases.slice(0, 3) });
    const times: number[] = [];
    const walkUntil = (end: number) => {
      while (late.at < end) {
        times.push(late.at);
        late.advance();
      }
    };
    walkUntil(3_900);
    late.begin(phases[3]!);
    walkUntil(5_000);
    expect(times).toEqual(until(byPhase, 5_000, { phases }));
  });
});

describe('Poisson arrivals', () => {
  const RATE = 250;
  const COUNT = 100_000;
  const seen = walk(workload({ executor: constantRate(RATE) }), COUNT);

  it('come at the stated rate on average', () => {
    // The mean of 100,000 gaps has a standard deviation of 0.32 %.
    expect(seen.at(-1)!.at / 1_000 / (COUNT / RATE)).toBeCloseTo(1, 1.7);
  });

  it('have exponential gaps', () => {
    const gaps = seen.map(({ at }, index) => ((at - (seen[index - 1]?.at ?? 0)) * RATE) / 1_000);
    const classes = Array.from({ length: 20 }, (_, index) => index / 4);
    const counts = classes.map(
      (from) => gaps.filter((gap) => gap >= from && (gap < from + 0.25 || from === 4.75)).length,
    );
    const due = classes.map(
      (from) => (Math.exp(-from) - (from === 4.75 ? 0 : Math.exp(-from - 0.25))) * COUNT,
    );
    expect(fits(counts, due)).toBe(true);
  });

  it('number in equal intervals as the Poisson distribution says', () => {
    const mean = 5;
    const width = (1_000 / RATE) * mean;
    const intervals = Math.floor(seen.at(-1)!.at / width);
    const byInterval = new Array<number>(intervals).fill(0);
    for (const { at } of seen) if (at < intervals * width) byInterval[Math.floor(at / width)]!++;
    const counts = Array.from(
      { length: 16 },
      (_, k) => byInterval.filter((one) => Math.min(one, 15) === k).length,
    );
    const share = (k: number): number => (k === 0 ? Math.exp(-mean) : (share(k - 1) * mean) / k);
    const shares = counts.map((_, k) => share(k));
    shares[15] = 1 - shares.slice(0, 15).reduce((sum, one) => sum + one, 0);
    expect(
      fits(
        counts,
        shares.map((one) => one * intervals),
      ),
    ).toBe(true);
  });
});

describe('the timetable', () => {
  it('is the same for the same plan', () => {
    fc.assert(
      fc.property(workloads, (of) => {
        expect(walk(of, 100)).toEqual(walk(structuredClone(of), 100));
      }),
    );
  });

  it('is another one for another seed, and for another workload', () => {
    const times = (of: PlannedWorkload, seed: number) => walk(of, 100, { seed }).map(({ at }) => at);
    const one = times(workload(), 1);
    for (const other of [times(workload(), 2), times(workload({ name: 'jobs' }), 1)])
      expect(one.filter((at) => other.includes(at))).toEqual([]);
  });

  it('never goes back and leaves no slot out', () => {
    fc.assert(
      fc.property(workloads, (of) => {
        const seen = walk(of, 200);
        expect(seen.map(({ slot }) => slot)).toEqual([...seen.keys()]);
        const times = seen.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
      }),
    );
  });

  it('of N workers together is that of one alone', () => {
    fc.assert(
      fc.property(workloads, fc.integer({ min: 1, max: 7 }), (of, count) => {
        const stripes = Array.from({ length: count }, (_, index) =>
          walk(of, 30, { stripe: { index, count } }),
        );
        const together = stripes.flat().toSorted((one, other) => one.slot - other.slot);
        expect(together).toEqual(walk(of, 30 * count));
      }),
    );
  });

  it('keeps its times when the mix changes', () => {
    const mixed = workload({ mix: [transaction('a'), transaction('b', { weight: 5 })] });
    const times = (of: PlannedWorkload) => walk(of, 100).map(({ at }) => at);
    expect(times(mixed)).toEqual(times(workload()));
  });
});

it('transactions come in the shares of the mix', () => {
  const weights = [40, 20, 15, 10, 8, 4, 3];
  const mixed = workload({
    mix: weights.map((weight, index) => transaction(`t${index}`, { weight })),
  });
  const seen = walk(mixed, 100_000);
  const counts = weights.map((_, index) => seen.filter((one) => one.transaction === index).length);
  expect(
    fits(
      counts,
      weights.map((weight) => weight * 1_000),
    ),
  ).toBe(true);
});
