import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Arrivals, WHOLE, type Stripe, type TrafficPlan } from '#rooms/plan/index.js';
import { perSecond } from '#rooms/units.js';

import { fits } from '../statistics/chi-square.ts';
import { trafficPlan, transaction } from './sample.ts';

interface Seen {
  readonly slot: number;
  readonly at: number;
  readonly transaction: number;
}

function walk(plan: TrafficPlan, count: number, stripe: Stripe = WHOLE): readonly Seen[] {
  const arrivals = new Arrivals(plan, stripe);
  return Array.from({ length: count }, () => {
    const { slot, at, transaction: picked } = arrivals;
    arrivals.advance();
    return { slot, at, transaction: picked };
  });
}

const plans = fc
  .record({
    seed: fc.maxSafeNat(),
    rate: fc.double({ min: 0.01, max: 10_000, noNaN: true }).map(perSecond),
    arrival: fc.constantFrom('poisson' as const, 'uniform' as const),
    weights: fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ weights, ...rest }) =>
    trafficPlan({
      ...rest,
      transactions: weights.map((weight, index) => transaction(`t${index}`, { weight })),
    }),
  );

describe('uniform arrivals', () => {
  it('come at exactly the same distance, without drift', () => {
    const plan = trafficPlan({ arrival: 'uniform', rate: perSecond(300) });
    const drifted = walk(plan, 100_000).filter(({ slot, at }) => at !== slot * (1_000 / 300));
    expect(drifted).toEqual([]);
  });
});

describe('Poisson arrivals', () => {
  const RATE = 250;
  const COUNT = 100_000;
  const seen = walk(trafficPlan({ rate: perSecond(RATE) }), COUNT);

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
      fc.property(plans, (plan) => {
        expect(walk(plan, 100)).toEqual(walk(structuredClone(plan), 100));
      }),
    );
  });

  it('is another one for another seed', () => {
    const one = walk(trafficPlan({ seed: 1 }), 100).map(({ at }) => at);
    const other = walk(trafficPlan({ seed: 2 }), 100).map(({ at }) => at);
    expect(one.filter((at) => other.includes(at))).toEqual([]);
  });

  it('never goes back and leaves no slot out', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const seen = walk(plan, 200);
        expect(seen.map(({ slot }) => slot)).toEqual([...seen.keys()]);
        const times = seen.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
      }),
    );
  });

  it('of N workers together is that of one alone', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 7 }), (plan, count) => {
        const stripes = Array.from({ length: count }, (_, index) => walk(plan, 30, { index, count }));
        const together = stripes.flat().toSorted((one, other) => one.slot - other.slot);
        expect(together).toEqual(walk(plan, 30 * count));
      }),
    );
  });

  it('keeps its times when the mix changes', () => {
    const mixed = trafficPlan({ transactions: [transaction('a'), transaction('b', { weight: 5 })] });
    const times = (plan: TrafficPlan) => walk(plan, 100).map(({ at }) => at);
    expect(times(mixed)).toEqual(times(trafficPlan()));
  });
});

it('transactions come in the shares of the mix', () => {
  const weights = [40, 20, 15, 10, 8, 4, 3];
  const plan = trafficPlan({
    transactions: weights.map((weight, index) => transaction(`t${index}`, { weight })),
  });
  const seen = walk(plan, 100_000);
  const counts = weights.map((_, index) => seen.filter((one) => one.transaction === index).length);
  expect(
    fits(
      counts,
      weights.map((weight) => weight * 1_000),
    ),
  ).toBe(true);
});
