import { RandomDraws, type RandomKey } from '../statistics/index.ts';

/** Which rows of a column are NULL. */
export interface NullReader {
  readonly isNull: (row: number) => boolean;
}

/** With the places of the other rows among themselves. */
export interface CountedNulls extends NullReader {
  /** Rows that are not NULL. */
  readonly present: number;
  /** Number of the rows before this one that are not NULL. */
  readonly placeOf: (row: number) => number;
}

/** Half a per cent of the number of NULLs: below it, chance is exact enough. */
const TOLERANCE = 0.005;

/** Each row by chance where there are enough rows for the share to come out; else as many as the share says. */
export function nullReader(share: number, rows: number, key: RandomKey): NullReader {
  const relativeError = Math.sqrt((1 - share) / (share * Math.max(1, rows)));
  if (relativeError > TOLERANCE || share === 1) return countedNulls(share, rows, key);
  const draws = new RandomDraws(key);
  return { isNull: (row) => draws.at(row).next() < share };
}

/** How many of `rows` rows are NULL, where they are counted. */
export const countOfNulls = (share: number, rows: number): number => Math.floor(rows * share + 0.5);

/** Rows of a block have as many NULLs as brings the whole nearest to its share, at random places. */
const ROWS_PER_BLOCK = 128;
const CACHED_BLOCKS = 64;

interface Block {
  readonly number: number;
  readonly isNull: Uint8Array;
  /** Rows of the block before this one that are not NULL. */
  readonly places: Uint8Array;
}

export function countedNulls(share: number, rows: number, key: RandomKey): CountedNulls {
  const draws = new RandomDraws(key);
  const cache: (Block | undefined)[] = new Array<undefined>(CACHED_BLOCKS).fill(undefined);
  const blockAt = (number: number): Block => {
    const cached = cache[number % CACHED_BLOCKS];
    if (cached?.number === number) return cached;
    const first = number * ROWS_PER_BLOCK;
    const end = Math.min(rows, first + ROWS_PER_BLOCK);
    const nulls = countOfNulls(share, end) - countOfNulls(share, first);
    return (cache[number % CACHED_BLOCKS] = makeBlock(number, end - first, nulls, draws.at(number)));
  };
  return {
    present: rows - countOfNulls(share, rows),
    isNull: (row) => blockAt(Math.floor(row / ROWS_PER_BLOCK)).isNull[row % ROWS_PER_BLOCK] === 1,
    placeOf: (row) => {
      const block = blockAt(Math.floor(row / ROWS_PER_BLOCK));
      const first = block.number * ROWS_PER_BLOCK;
      return first - countOfNulls(share, first) + (block.places[row % ROWS_PER_BLOCK] ?? 0);
    },
  };
}

/** `nulls` of `size` places by selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S). */
function makeBlock(number: number, size: number, nulls: number, draws: RandomDraws): Block {
  const isNull = new Uint8Array(ROWS_PER_BLOCK);
  const places = new Uint8Array(ROWS_PER_BLOCK);
  let left = nulls;
  let present = 0;
  for (let row = 0; row < size; row++) {
    places[row] = present;
    if (left > 0 && draws.below(size - row) < left) {
      isNull[row] = 1;
      left--;
    } else present++;
  }
  return { number, isNull, places };
}
