import { RandomDraws, type RandomKey } from '../statistics/index.ts';

import type { FanOut, FanOutWeight, ResolvedLayout } from './model.ts';

/** Where a row stands among the rows of its parent. */
export interface LayoutReader {
  /** Row number of the parent. */
  readonly parentOf: (row: number) => number;
  /** 0 for the first child of its parent. */
  readonly ordinalOf: (row: number) => number;
}

export function layoutReader(layout: ResolvedLayout, rows: number, key: RandomKey): LayoutReader | undefined {
  switch (layout.kind) {
    case 'independent':
      return undefined;
    case 'spread':
      return spread(layout.parents, rows);
    case 'clustered':
      return clustered(layout.parents, rows, layout.fanout, key);
  }
}

function spread(parents: number, rows: number): LayoutReader {
  const parentOf = (row: number): number => shareOf(row, parents, rows);
  // The first row of a parent is the smallest whose share reaches it.
  const firstOf = (parent: number): number => {
    const start = shareOf(parent, rows, parents);
    return start < rows && parentOf(start) < parent ? start + 1 : start;
  };
  return { parentOf, ordinalOf: (row) => row - firstOf(parentOf(row)) };
}

/** ⌊index · of / whole⌋, exact. */
export function shareOf(index: number, of: number, whole: number): number {
  if (whole === 0) return 0;
  const product = index * of;
  return Number.isSafeInteger(product)
    ? Math.floor(product / whole)
    : Number((BigInt(index) * BigInt(of)) / BigInt(whole));
}

/** A block has a fixed number of rows, so that any block is found without counting the rows before it. */
export const PARENTS_PER_BLOCK = 64;
/** 65 words each: 64 kB a column. Rows come in order when loading; traffic jumps, and then a block costs some microseconds. */
const CACHED_BLOCKS = 256;

interface Block {
  readonly number: number;
  /** First row of each parent, relative to the block's first row; one more at the end. */
  readonly starts: Uint32Array;
}

function clustered(parents: number, rows: number, fanout: FanOut, key: RandomKey): LayoutReader {
  const draws = new RandomDraws(key);
  const firstRow = (block: number): number =>
    shareOf(Math.min(block * PARENTS_PER_BLOCK, parents), rows, parents);
  const cache: (Block | undefined)[] = new Array<undefined>(CACHED_BLOCKS).fill(undefined);
  const blockAt = (number: number): Block => {
    const cached = cache[number % CACHED_BLOCKS];
    if (cached?.number === number) return cached;
    const size = Math.min(PARENTS_PER_BLOCK, parents - number * PARENTS_PER_BLOCK);
    const starts = shareOut(firstRow(number + 1) - firstRow(number), size, fanout, draws.at(number));
    return (cache[number % CACHED_BLOCKS] = { number, starts });
  };
  const blockOf = (row: number): number => {
    let block = Math.floor(shareOf(row, parents, rows) / PARENTS_PER_BLOCK);
    while (row < firstRow(block)) block--;
    while (row >= firstRow(block + 1)) block++;
    return block;
  };
  const find = (row: number): { block: Block; child: number; parent: number } => {
    const block = blockAt(blockOf(row));
    const child = row - firstRow(block.number);
    return { block, child, parent: lastStartUpTo(block.starts, child) };
  };
  return {
    parentOf: (row) => {
      const { block, parent } = find(row);
      return block.number * PARENTS_PER_BLOCK + parent;
    },
    ordinalOf: (row) => {
      const { block, child, parent } = find(row);
      return child - (block.starts[parent] ?? 0);
    },
  };
}

/** The last parent whose first row is not after `child`: parents without children share a start with the next. */
function lastStartUpTo(starts: Uint32Array, child: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= child) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Shares `total` rows out over `size` parents: the childless get none, the others `min` and a part of the rest by
 * weight. Rounding down the running sum keeps the total exact and never goes below `min`.
 */
function shareOut(total: number, size: number, fanout: FanOut, draws: RandomDraws): Uint32Array {
  const { childless, weight } = fanout;
  const weights = new Float64Array(size);
  for (let parent = 0; parent < size; parent++) weights[parent] = drawWeight(weight, draws);
  const none = Math.min(size - 1, Math.floor(size * childless + draws.next()));
  for (const parent of choose(none, size, draws)) weights[parent] = 0;
  const shares = sharesOf(weights, total, size - none, fanout);
  const starts = new Uint32Array(size + 1);
  let running = 0;
  shares.forEach((share, parent) => {
    starts[parent] = Math.min(total, Math.floor(running + 1e-6));
    running += share;
  });
  starts[size] = total;
  return starts;
}

/** What each parent would have if rows could be parted: `min` and a part of the rest by weight, but not above `max`. */
function sharesOf(weights: Float64Array, total: number, parents: number, { min, max }: FanOut): Float64Array {
  const least = Math.min(min, total / parents);
  // Rounding the running sum down gives a parent up to one row more than its share.
  const most = max === undefined ? Infinity : Math.max(least, total / parents, max - 1);
  const shares = weights.map((one) => (one > 0 ? least : 0));
  let rest = total - least * parents;
  for (let open = weights; rest > 1e-9;) {
    const sum = open.reduce((before, one) => before + one, 0);
    if (sum === 0) break;
    const given = rest;
    rest = 0;
    open = open.map((one, parent) => {
      const share = (shares[parent] ?? 0) + (given * one) / sum;
      shares[parent] = Math.min(most, share);
      rest += Math.max(0, share - most);
      return share >= most ? 0 : one;
    });
  }
  return shares;
}

function drawWeight(weight: FanOutWeight, draws: RandomDraws): number {
  switch (weight.kind) {
    case 'even':
      return 1;
    case 'exponential':
      return 1e-9 - Math.log(1 - draws.next());
    case 'zipfian':
      return (1 - draws.next()) ** -weight.exponent;
  }
}

/** `count` different numbers below `size`: the head of a Fisher–Yates shuffle. */
function choose(count: number, size: number, draws: RandomDraws): readonly number[] {
  if (count === 0) return [];
  const order = Array.from({ length: size }, (_, index) => index);
  for (let index = 0; index < count; index++) {
    const other = index + draws.below(size - index);
    [order[index], order[other]] = [order[other] ?? 0, order[index] ?? 0];
  }
  return order.slice(0, count);
}
