import { RandomDraws, randomKey, standardExponential, weightedSampler } from '../statistics/index.ts';
import type { PhaseName } from '../threshold/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { OpenExecutor, PlannedWorkload } from './plan.ts';
import { rateCurve, rateOfPhase, type RateCurve } from './rate-curve.ts';

/** Worker `index` of `count` takes the slots with `slot mod count = index`; one worker alone is 0 of 1. */
export interface Stripe {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Stripe = { index: 0, count: 1 };

/** Where a phase begins, from the start of the run. */
export interface PhaseStart {
  readonly phase: PhaseName;
  readonly at: Milliseconds;
}

/**
 * The timetable of a workload with an arrival rate: an endless, lazy list of intended starts, a pure function of the plan and of the phases' starts. The
 * n-th slot (from 0) is due when the area under the rate reaches n, or with Poisson arrivals the sum of n exponential gaps
 * of mean 1. Walks with `advance()`; the current slot is in `slot`, `at` and `transaction`.
 */
export class Arrivals {
  slot = -1;
  /** From the start of the first phase; Infinity when no more are due. */
  at: Milliseconds = milliseconds(0);
  /** Index into the workload's mix. */
  transaction = 0;

  readonly #executor: OpenExecutor;
  readonly #stripe: Stripe;
  readonly #curve: RateCurve;
  readonly #gaps: RandomDraws;
  readonly #mix: MixSampler;
  /** In arrivals: the area under the rate at which the slot is due. */
  #area = 0;

  constructor(
    { name, executor, mix }: PlannedWorkload & { readonly executor: OpenExecutor },
    seed: number,
    stripe: Stripe = WHOLE,
  ) {
    this.#executor = executor;
    this.#stripe = stripe;
    this.#curve = rateCurve(executor);
    this.#gaps = new RandomDraws(randomKey(seed, 'arrivals', name));
    this.#mix = mixSampler(name, mix, seed);
    this.advance();
  }

  /** To the stripe's next slot. */
  advance(): void {
    do this.#next();
    while (this.slot % this.#stripe.count !== this.#stripe.index);
    this.at = this.#curve.timeOf(this.#area);
    this.transaction = this.#mix(this.slot);
  }

  /** The phase may have a rate of its own. Its start must not lie before the current slot's time was asked for. */
  begin({ phase, at }: PhaseStart): void {
    const rate = rateOfPhase(this.#executor, phase);
    if (rate === undefined) return;
    this.#curve.change(at, rate);
    this.at = this.#curve.timeOf(this.#area);
  }

  #next(): void {
    this.slot++;
    // Uniform: the slot's number, so that no rounding adds up.
    this.#area =
      this.#executor.arrival === 'poisson'
        ? this.#area + standardExponential(this.#gaps.at(this.slot))
        : this.slot;
  }
}

/** The transaction of a slot, as its index in the mix. */
export type MixSampler = (slot: number) => number;

export function mixSampler(workload: string, mix: PlannedWorkload['mix'], seed: number): MixSampler {
  const draws = new RandomDraws(randomKey(seed, 'mix', workload));
  const pick = weightedSampler(mix.map(({ weight }) => weight));
  return (slot) => pick(draws.at(slot));
}

/** Slots due in [from, to), for workloads with an arrival rate; the timetable can be walked again at any time. */
export function dueWithin(
  workload: PlannedWorkload & { readonly executor: OpenExecutor },
  seed: number,
  {
    phases,
    from,
    to,
  }: { readonly phases: readonly PhaseStart[]; readonly from: number; readonly to: number },
): number {
  const arrivals = new Arrivals(workload, seed);
  for (const phase of phases) arrivals.begin(phase);
  let due = 0;
  while (arrivals.at < to) {
    if (arrivals.at >= from) due++;
    arrivals.advance();
  }
  return due;
}

export const isOpen = (
  workload: PlannedWorkload,
): workload is PlannedWorkload & { readonly executor: OpenExecutor } =>
  workload.executor.kind === 'constant-arrival-rate' || workload.executor.kind === 'ramping-arrival-rate';
