import type { RowEncoder } from '../dataset/thread.ts';

/**
 * Dead tuples stand at a lattice of physical places: tuple p of a relation, counted from 0, is dead if and only if
 * floor((p + 1) · share) differs from floor(p · share). They are duplicates of the row before them, deleted after the
 * load. The same arithmetic in double precision runs here and in the server (`DELETE_DEAD`).
 */
export function isDeadPlace(place: number, share: number): boolean {
  return Math.floor((place + 1) * share) !== Math.floor(place * share);
}

/** How many of `places` tuples are dead. */
export const deadAmong = (places: number, share: number): number => Math.floor(places * share);

/** All tuples, dead ones included, that hold so many live rows; the last one is live or follows the last live one. */
export function placesFor(rows: number, share: number): number {
  if (share === 0 || rows === 0) return rows;
  let places = Math.max(0, Math.floor(rows / (1 - share)) - 2);
  while (places - deadAmong(places, share) < rows) places++;
  while (isDeadPlace(places, share)) places++;
  return places;
}

/** Writes each row as often as its place asks for. Rows are to be asked for one after another from `from` on. */
export function withDeadTuples(encoder: RowEncoder, share: number, from: number): RowEncoder {
  if (share === 0) return encoder;
  const mostCopies = Math.ceil(1 / (1 - share)) + 1;
  let nextRow = from;
  let nextPlace = 0;
  return {
    maxRowBytes: encoder.maxRowBytes * mostCopies,
    encode: (buffer, at, first, to) => {
      if (first !== nextRow) throw new RangeError(`expected row ${nextRow}, found ${first}`);
      let row = first;
      let end = at;
      while (row < to && end + encoder.maxRowBytes * mostCopies <= buffer.length) {
        let copies = 1;
        while (isDeadPlace(nextPlace + copies, share)) copies++;
        for (let copy = 0; copy < copies; copy++) end = encoder.encode(buffer, end, row, row + 1).end;
        nextPlace += copies;
        row++;
      }
      nextRow = row;
      return { row, end };
    },
  };
}
