import { shareOf } from './fan-out.ts';

/** Which source a rank takes; never falls as the rank grows. */
export type SourceChoice = (rank: number) => number;

/** Sources alike, each of them taken where there are ranks enough. */
export function evenChoice(ranks: number, sources: number): SourceChoice {
  return ranks === sources ? (rank) => rank : (rank) => shareOf(rank, sources, ranks);
}

/** Sources by weight; each is taken at least once where there are ranks enough. */
export function weightedChoice(ranks: number, weights: Iterable<number> & ArrayLike<number>): SourceChoice {
  const starts = firstRanks(ranks, weights);
  return (rank) => lastUpTo(starts, rank);
}

function firstRanks(ranks: number, weights: Iterable<number> & ArrayLike<number>): Float64Array {
  let total = 0;
  let wanted = 0;
  for (const weight of weights) {
    total += weight;
    if (weight > 0) wanted++;
  }
  const once = ranks >= wanted ? 1 : 0;
  const rest = ranks - once * wanted;
  const starts = new Float64Array(weights.length);
  let before = 0;
  let running = 0;
  for (let source = 0; source < weights.length; source++) {
    const weight = weights[source] ?? 0;
    starts[source] = before + Math.floor((running / total) * rest + 1e-9);
    running += weight;
    if (weight > 0) before += once;
  }
  return starts;
}

/** The last place whose start is not above the rank: a source that none takes has the start of the next. */
function lastUpTo(starts: Float64Array, rank: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= rank) low = middle;
    else high = middle;
  }
  return low;
}
