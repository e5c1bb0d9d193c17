import { permutation, type RandomKey } from '../statistics/index.ts';

/** Shares are in ten-thousandths. */
const WHOLE = 10_000;

/**
 * A bijection of the places [0, size) onto the ranks [0, size) whose correlation is `correlation`: that share of the
 * places, evenly spread, keeps its rank (counted from the other end where it is negative), the others change ranks
 * among themselves at random.
 */
export function rankOrder(size: number, correlation: number, key: RandomKey): (place: number) => number {
  const moving = Math.round((1 - Math.abs(correlation)) * WHOLE);
  const upright = correlation >= 0 ? (place: number) => place : (place: number) => size - 1 - place;
  if (moving === 0) return upright;
  if (moving === WHOLE) return permutation(Math.max(1, size), key);
  const movedBefore = (place: number): number => Math.floor((place * moving) / WHOLE);
  const placeOfMoved = (index: number): number => Math.ceil(((index + 1) * WHOLE) / moving) - 1;
  const permute = permutation(Math.max(1, movedBefore(size)), key);
  return (place) => {
    const index = movedBefore(place);
    return upright(movedBefore(place + 1) === index ? place : placeOfMoved(permute(index)));
  };
}

/** Correlation by pg_stats' rule of columns with fewer values than this differs from that of their ranks by 0.1 % at least. */
const MANY_VALUES = 1_000;

/**
 * The correlation of ranks that gives `asked` in pg_stats: its statistics count equal values as growing with their
 * place (compare_scalars in analyze.c), so that few values look more correlated than they are. `shares` are those of
 * the values in their order. Undefined where no arrangement is that far below zero.
 */
export function correlationOfRanks(asked: number, shares: readonly number[]): number | undefined {
  if (shares.length > MANY_VALUES || shares.length === 0) return asked;
  let low = -1;
  let high = 1;
  if (asked < statisticsCorrelation(low, shares) - 0.005) return undefined;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (statisticsCorrelation(middle, shares) < asked) low = middle;
    else high = middle;
  }
  return high;
}

/** What pg_stats shows for values of these shares whose ranks have the correlation `ranks`. */
export function statisticsCorrelation(ranks: number, shares: readonly number[]): number {
  const kept = Math.abs(ranks);
  let sum = 0;
  let start = 0;
  for (const share of shares) {
    const middle = ranks >= 0 ? start + share / 2 : 1 - start - share / 2;
    const mean = kept * middle + (1 - kept) / 2;
    const towardsAll = middle ** 2 + share ** 2 / 12 - middle + 1 / 2;
    const difference = (kept ** 2 * share) / 3 + (1 - kept) ** 2 / 3 + 2 * kept * (1 - kept) * towardsAll;
    sum += share * (start * mean + (share * (mean + difference / 2)) / 2);
    start += share;
  }
  return 12 * (sum - 1 / 4);
}
