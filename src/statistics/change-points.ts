import { RandomDraws, randomKey, type RandomKey } from './random.ts';

/** Fewer values than this on one side of a change are outliers, not a new level. */
const SHORTEST = 3;
const PERMUTATIONS = 999;
/** Values further from the median than this many median absolute deviations count as if they were just there. */
const OUTLYING = 3.5;
/** Of values that hardly differ: 2 %, below which nobody looks for a change. */
const LEAST_DEVIATION = 0.02;

/**
 * The places (index of the first value after) at which the level of a series changes. The E-divisive method with exponent 2, which looks for
 * changes of the mean alone (Matteson & James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data",
 * JASA 109, 2014): the best split, accepted by a permutation test, then the same within its parts. A change that was undone later hides from a
 * single split, so a stretch is also tested against what is around it (circular binary segmentation: Olshen et al., Biostatistics 5, 2004). Values are
 * compared by their logarithms above `floor`, the size of a difference that means nothing, and winsorised, so that a few wild nights neither make a change nor
 * hide one. Seeded: the same values give the same places. Ten values or more are needed.
 */
export function changePoints(values: readonly number[], floor: number): readonly number[] {
  const levels = values.map((value) => Math.log1p(Math.min(value, LARGEST) / floor));
  return divided(levels, 0, randomKey(0, 'change-points')).toSorted((one, other) => one - other);
}

/** Stands for what has no end. */
const LARGEST = 1e12;

function divided(levels: readonly number[], offset: number, key: RandomKey): readonly number[] {
  const length = levels.length;
  if (length < 2 * SHORTEST) return [];
  const cuts = cutsOf(winsorised(levels), key);
  if (cuts.length === 0) return [];
  const borders = [0, ...cuts, length];
  return [
    ...cuts.map((cut) => offset + cut),
    ...borders
      .slice(1)
      .flatMap((end, part) => divided(levels.slice(borders[part], end), offset + (borders[part] ?? 0), key)),
  ];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

function winsorised(levels: readonly number[]): readonly number[] {
  const center = median(levels);
  const deviation = Math.max(LEAST_DEVIATION, median(levels.map((level) => Math.abs(level - center))));
  const reach = OUTLYING * deviation;
  return levels.map((level) => Math.min(center + reach, Math.max(center - reach, level)));
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Energy between the stretch and all that is around it. */
  readonly energy: number;
}

interface Search {
  readonly best: (sums: Float64Array) => Stretch;
  /** How often noise may look like it. Both together: a series of noise is called changed at most three times in a hundred. */
  readonly alpha: number;
}

function cutsOf(levels: readonly number[], key: RandomKey): readonly number[] {
  for (const search of [bestSplit, bestStretch]) {
    const { from, to, energy } = search.best(sumsOf(levels));
    if (energy > 0 && isUnlikely(levels, energy, search, key))
      return [from, to].filter((cut) => cut > 0 && cut < levels.length);
  }
  return [];
}

/** Of values in random order, at most `alpha` reach that energy. Ends as soon as that is out of reach. */
function isUnlikely(
  levels: readonly number[],
  energy: number,
  { best, alpha }: Search,
  key: RandomKey,
): boolean {
  const most = Math.floor(alpha * (PERMUTATIONS + 1)) - 1;
  const draws = new RandomDraws(key);
  const order = [...levels];
  let reached = 0;
  for (let turn = 0; turn < PERMUTATIONS && reached <= most; turn++) {
    shuffle(order, draws.at(turn));
    if (best(sumsOf(order)).energy >= energy * (1 - 1e-9)) reached++;
  }
  return reached <= most;
}

/** Fisher and Yates. */
function shuffle(items: number[], draws: RandomDraws): void {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = draws.below(last + 1);
    [items[last], items[chosen]] = [items[chosen] ?? 0, items[last] ?? 0];
  }
}

/** Sums of the first n deviations from the mean; the last one is 0. */
function sumsOf(levels: readonly number[]): Float64Array {
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const sums = new Float64Array(levels.length + 1);
  levels.forEach((level, index) => {
    sums[index + 1] = (sums[index] ?? 0) + level - mean;
  });
  return sums;
}

const bestSplit: Search = { best: findSplit, alpha: 0.02 };
const bestStretch: Search = { best: findStretch, alpha: 0.01 };

function findSplit(sums: Float64Array): Stretch {
  const length = sums.length - 1;
  let best = { from: 0, to: 0, energy: 0 };
  for (let to = SHORTEST; to <= length - SHORTEST; to++) best = better(best, sums, 0, to);
  return best;
}

function findStretch(sums: Float64Array): Stretch {
  const length = sums.length - 1;
  let best = { from: 0, to: 0, energy: 0 };
  for (let from = SHORTEST; from <= length - 2 * SHORTEST; from++)
    for (let to = from + SHORTEST; to <= length - SHORTEST; to++) best = better(best, sums, from, to);
  return best;
}

/** m·n/(m+n) · (difference of the means)², which for deviations that add up to 0 is sum² · (m+n)/(m·n). */
function better(best: Stretch, sums: Float64Array, from: number, to: number): Stretch {
  const length = sums.length - 1;
  const inside = to - from;
  const sum = (sums[to] ?? 0) - (sums[from] ?? 0);
  const energy = (sum * sum * length) / (inside * (length - inside));
  return energy > best.energy ? { from, to, energy } : best;
}
