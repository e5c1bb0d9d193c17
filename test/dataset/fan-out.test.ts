import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { layoutReader, shareOf } from '#rooms/dataset/fan-out.js';
import type { FanOut, ResolvedLayout } from '#rooms/dataset/model.js';
import { randomKey } from '#rooms/statistics/index.js';

const fanouts: fc.Arbitrary<FanOut> = fc.record({
  min: fc.constantFrom(0, 1),
  max: fc.constant(undefined),
  childless: fc.constantFrom(0, 0.1, 0.4),
  weight: fc.constantFrom(
    { kind: 'even' as const },
    { kind: 'exponential' as const },
    { kind: 'zipfian' as const, exponent: 1.1 },
  ),
});

/** Children of each parent, and the rows in the order in which they are laid out. */
function laidOut(layout: ResolvedLayout & { readonly parents: number }, rows: number) {
  const reader = layoutReader(layout, rows, randomKey(1, 'test'));
  if (reader === undefined) throw new Error('no layout');
  const children = Array.from({ length: layout.parents }, () => 0);
  const places = Array.from({ length: rows }, (_, row) => ({
    parent: reader.parentOf(row),
    ordinal: reader.ordinalOf(row),
  }));
  for (const { parent } of places) children[parent] = (children[parent] ?? 0) + 1;
  return { children, places };
}

describe('a clustered layout', () => {
  it('gives every row a parent, the children of one parent together and counted from 0', () => {
    fc.assert(
      fc.property(
        fanouts,
        fc.integer({ min: 1, max: 1_500 }),
        fc.integer({ min: 0, max: 4_000 }),
        (fanout, parents, rows) => {
          const { places } = laidOut({ kind: 'clustered', parents, fanout }, rows);
          places.forEach(({ parent, ordinal }, row) => {
            const before = places[row - 1];
            expect(parent).toBeGreaterThanOrEqual(before?.parent ?? 0);
            expect(parent).toBeLessThan(parents);
            expect(ordinal).toBe(before?.parent === parent ? before.ordinal + 1 : 0);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps to the least number of children where the mean allows it', () => {
    const fanout: FanOut = { min: 1, max: undefined, childless: 0, weight: { kind: 'exponential' } };
    const { children } = laidOut({ kind: 'clustered', parents: 2_000, fanout }, 3_100);
    expect(Math.min(...children)).toBe(1);
    expect(Math.max(...children)).toBeGreaterThan(2);
  });

  it('leaves the childless share without children', () => {
    const fanout: FanOut = { min: 1, max: undefined, childless: 0.25, weight: { kind: 'exponential' } };
    const { children } = laidOut({ kind: 'clustered', parents: 5_120, fanout }, 15_000);
    expect(children.filter((count) => count === 0).length / 5_120).toBeCloseTo(0.25, 1);
  });

  it('gives all parents alike when even', () => {
    const fanout: FanOut = { min: 0, max: undefined, childless: 0, weight: { kind: 'even' } };
    const { children } = laidOut({ kind: 'clustered', parents: 700, fanout }, 1_800);
    expect([Math.min(...children), Math.max(...children)]).toEqual([2, 3]);
  });
});

describe('a spread layout', () => {
  it('shares the rows out in the order of the parents, with no more than one child of difference', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 2_000 }), (parents, rows) => {
        const { children, places } = laidOut({ kind: 'spread', parents }, rows);
        expect(Math.max(...children) - Math.min(...children)).toBeLessThanOrEqual(1);
        places.forEach(({ parent, ordinal }, row) => {
          const before = places[row - 1];
          expect(ordinal).toBe(before?.parent === parent ? before.ordinal + 1 : 0);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('a share of whole numbers', () => {
  it('is exact beyond 2^53', () => {
    expect(shareOf(3_000_000_000, 9_000_000_000, 9_000_000_001)).toBe(2_999_999_999);
  });
});
