import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { RowEncoder } from '#rooms/dataset/index.js';
import { deadAmong, isDeadPlace, placesFor, withDeadTuples } from '#rooms/seed/dead-tuples.js';

/** One byte a row: its number. */
const ENCODER: RowEncoder = {
  maxRowBytes: 1,
  encode: (buffer, at, from, to) => {
    let [row, end] = [from, at];
    while (row < to && end < buffer.length) end = buffer.writeUInt8(row++, end);
    return { row, end };
  },
};

const SHARES = fc.double({ min: 0.001, max: 0.9, noNaN: true });

function written(share: number, rows: number, size: number): readonly number[] {
  const encoder = withDeadTuples(ENCODER, share, 0);
  const all: number[] = [];
  for (let row = 0; row < rows;) {
    const buffer = Buffer.alloc(Math.max(size, encoder.maxRowBytes));
    const encoded = encoder.encode(buffer, 0, row, rows);
    row = encoded.row;
    all.push(...buffer.subarray(0, encoded.end));
  }
  return all;
}

describe('dead tuples', () => {
  it('stand where the lattice says, each a copy of the row before it, for any size of buffer', () => {
    fc.assert(
      fc.property(
        SHARES,
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 99 }),
        (share, rows, size) => {
          const tuples = written(share, rows, size);
          expect(tuples).toHaveLength(placesFor(rows, share));
          const live = tuples.filter((_, place) => !isDeadPlace(place, share));
          expect(live).toEqual(Array.from({ length: rows }, (_, row) => row));
          for (const [place, row] of tuples.entries())
            if (isDeadPlace(place, share)) expect(row).toBe(tuples[place - 1]);
        },
      ),
    );
  });

  it('are the share that was asked for, of all tuples', () => {
    fc.assert(
      fc.property(SHARES, fc.integer({ min: 1, max: 1_000_000 }), (share, rows) => {
        const places = placesFor(rows, share);
        expect(places - deadAmong(places, share)).toBe(rows);
        expect(Math.abs(deadAmong(places, share) - places * share)).toBeLessThan(1);
      }),
    );
  });

  it('are none where none are asked for', () => {
    expect(withDeadTuples(ENCODER, 0, 0)).toBe(ENCODER);
    expect(placesFor(7, 0)).toBe(7);
  });
});
