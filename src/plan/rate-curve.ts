import type { PhaseName } from '../threshold/index.ts';
import { milliseconds, perSecond, type Milliseconds, type PerSecond } from '../units.ts';

import type { OpenExecutor } from './plan.ts';

/** A stretch in which the rate is linear; it ends where the next one begins, the last one never. */
interface Segment {
  readonly from: number;
  /** At `from`, in arrivals a millisecond. */
  readonly rate: number;
  /** Its change in a millisecond. */
  readonly slope: number;
  /** Arrivals due before `from`. */
  readonly before: number;
}

const PER_MS = 1_000;

/**
 * How many arrivals are due by when: the exact integral of a rate that is piecewise linear, and its inverse. Grows at its end
 * only, when a phase begins whose start nobody could know before.
 */
export class RateCurve {
  readonly #segments: Segment[];

  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments];
  }

  /** From when on more than so many arrivals are due; Infinity where that never happens. */
  timeOf(arrivals: number): Milliseconds {
    const index = this.#segments.findLastIndex(({ before }) => before <= arrivals);
    const segment = this.#segments[index];
    if (segment === undefined) return milliseconds(Infinity);
    const end = this.#segments[index + 1]?.from ?? Infinity;
    return milliseconds(Math.min(end, segment.from + solve(segment, arrivals - segment.before)));
  }

  /** From `at` on, behind everything that was known before, the rate is another one. */
  change(at: Milliseconds, rate: PerSecond): void {
    const last = this.#segments.at(-1);
    const before = last === undefined ? 0 : areaUntil(last, at);
    this.#segments.push({ from: at, rate: rate / PER_MS, slope: 0, before });
  }
}

/** A whole number of arrivals must not become a little more by rounding: the next one would come a moment too early. */
function areaUntil({ from, rate, slope, before }: Segment, at: number): number {
  const length = at - from;
  const area = before + rate * length + (slope / 2) * length * length;
  const whole = Math.round(area);
  return Math.abs(area - whole) < 1e-6 ? whole : area;
}

/**
 * Milliseconds until the area is `wanted`: the root of slope/2 · t² + rate · t = wanted, written so that nothing
 * cancels. Without any rate it never gets more.
 */
function solve({ rate, slope }: Segment, wanted: number): number {
  const divisor = rate + Math.sqrt(Math.max(0, rate * rate + 2 * slope * wanted));
  if (divisor > 0) return (2 * wanted) / divisor;
  return slope > 0 ? 0 : Infinity;
}

/** As it is before any phase but the first began. */
export function rateCurve(executor: OpenExecutor): RateCurve {
  switch (executor.kind) {
    case 'constant-arrival-rate': {
      const [first] = executor.rates;
      const rate = (first?.rate ?? 0) / PER_MS;
      return new RateCurve([{ from: 0, rate, slope: 0, before: 0 }]);
    }
    case 'ramping-arrival-rate':
      return new RateCurve(ramp(executor));
  }
}

function ramp({ startRate, stages }: Extract<OpenExecutor, { kind: 'ramping-arrival-rate' }>): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  let rate = startRate / PER_MS;
  let before = 0;
  for (const { target, duration } of stages) {
    const end = target / PER_MS;
    if (duration > 0) {
      const segment = { from, rate, slope: (end - rate) / duration, before };
      segments.push(segment);
      from += duration;
      before = areaUntil(segment, from);
    }
    rate = end;
  }
  segments.push({ from, rate, slope: 0, before });
  return segments;
}

/** The rate of a phase, if it has one of its own; a phase without goes on with the rate of the one before. */
export function rateOfPhase(executor: OpenExecutor, phase: PhaseName): PerSecond | undefined {
  if (executor.kind !== 'constant-arrival-rate') return undefined;
  return executor.rates.find((one) => one.phase === phase)?.rate;
}

/** The most that it ever asks for. */
export function highestRate(executor: OpenExecutor): PerSecond {
  const rates =
    executor.kind === 'constant-arrival-rate'
      ? executor.rates.map(({ rate }) => rate)
      : [executor.startRate, ...executor.stages.map(({ target }) => target)];
  return perSecond(Math.max(...rates));
}
