import { RandomDraws, randomKey, standardExponential, weightedSampler } from '../statistics/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { TrafficPlan } from './plan.ts';

/** Worker `index` of `count` takes the slots with `slot mod count = index`; one worker alone is 0 of 1. */
export interface Stripe {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Stripe = { index: 0, count: 1 };

/**
 * The timetable: an endless, lazy list of intended starts, a pure function of the plan. Walks with `advance()`; the current
 * slot is in `slot`, `at` and `transaction`. Never allocates while walking.
 */
export class Arrivals {
  slot = -1;
  /** From the start of the first phase. */
  at: Milliseconds = milliseconds(0);
  /** Index into the plan's transactions. */
  transaction = 0;

  readonly #stripe: Stripe;
  readonly #gapMean: number;
  readonly #poisson: boolean;
  readonly #gaps: RandomDraws;
  readonly #mix: RandomDraws;
  readonly #pick: (draws: RandomDraws) => number;

  constructor(plan: TrafficPlan, stripe: Stripe = WHOLE) {
    this.#stripe = stripe;
    this.#gapMean = 1_000 / plan.rate;
    this.#poisson = plan.arrival === 'poisson';
    this.#gaps = new RandomDraws(randomKey(plan.seed, 'arrivals'));
    this.#mix = new RandomDraws(randomKey(plan.seed, 'mix'));
    this.#pick = weightedSampler(plan.transactions.map(({ weight }) => weight));
    this.advance();
  }

  /** To the stripe's next slot. */
  advance(): void {
    do this.#next();
    while (this.slot % this.#stripe.count !== this.#stripe.index);
    this.transaction = this.#pick(this.#mix.at(this.slot));
  }

  #next(): void {
    this.slot++;
    // Uniform: from the slot number, so that no rounding adds up.
    this.at = milliseconds(
      this.#poisson
        ? this.at + standardExponential(this.#gaps.at(this.slot)) * this.#gapMean
        : this.slot * this.#gapMean,
    );
  }
}
