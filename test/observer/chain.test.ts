import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { blameOf, type WaitSeen } from '#rooms/observer/index.js';
import { milliseconds as ms } from '#rooms/units.js';

type Graph = Readonly<Record<number, readonly number[]>>;

/** Each waiter with those that it waits for. */
function waits(graph: Graph): ReadonlyMap<number, WaitSeen> {
  return new Map(
    Object.entries(graph).map(([waiter, blockers]) => {
      const pid = Number(waiter);
      const lock = { lockType: 'relation', relation: 'orders', mode: 'RowExclusiveLock' };
      return [pid, { pid, ...lock, since: ms(0), serverStart: 0, blockers }];
    }),
  );
}

/** Everyone on the ways from the waiter, found by asking for each whether it is. */
const ahead = (graph: Graph, waiter: number): readonly number[] =>
  [...new Set([...Object.keys(graph).map(Number), ...Object.values(graph).flat()])]
    .filter((one) => one !== waiter)
    .filter((one) => blameOf(waits(graph), (pid) => pid === one)(waiter).isSuspicious)
    .toSorted((a, b) => a - b);

function blame(graph: Graph, waiter: number) {
  const { root, depth } = blameOf(waits(graph))(waiter);
  return { root, depth, ahead: ahead(graph, waiter) };
}

describe('blame', () => {
  it.each([1, 2, 3, 4, 5])('goes to the end of a chain of depth %i', (depth) => {
    const chain: Graph = Object.fromEntries(
      Array.from({ length: depth }, (_, index) => [index + 1, [index]]),
    );
    expect(blame(chain, depth)).toEqual({
      root: 0,
      depth,
      ahead: Array.from({ length: depth }, (_, pid) => pid),
    });
  });

  it('of several roots names the one at the end of the longest way', () => {
    expect(blame({ 1: [10, 2], 2: [3], 3: [20] }, 1)).toEqual({ root: 20, depth: 3, ahead: [2, 3, 10, 20] });
  });

  it('sees through those that stand ahead in the queue (soft blocks)', () => {
    // A report (1) holds, the migration (2) waits for it, traffic (3, 4) waits behind the migration.
    const queue = { 2: [1], 3: [2], 4: [2, 3] };
    expect(blame(queue, 4)).toEqual({ root: 1, depth: 3, ahead: [1, 2, 3] });
    expect(blame(queue, 3)).toEqual({ root: 1, depth: 2, ahead: [1, 2] });
  });

  it('of a session that waits for nobody known is its own', () => {
    expect(blame({ 1: [] }, 1)).toEqual({ root: 1, depth: 1, ahead: [] });
  });

  it.each([1, 2, 3])('in a deadlock names one of those in it, asked for session %i', (waiter) => {
    const { root, depth, ahead } = blame({ 1: [2], 2: [3], 3: [1] }, waiter);
    expect([1, 2, 3]).toContain(root);
    expect(depth).toBeGreaterThanOrEqual(1);
    expect(ahead).toEqual([1, 2, 3].filter((pid) => pid !== waiter));
  });

  it('leaves a deadlock where a way leads out of it', () => {
    const graph = { 1: [2, 9], 2: [1] };
    expect([blame(graph, 1).root, blame(graph, 2).root]).toEqual([9, 9]);
    expect([blame({ 2: [1], 1: [2, 9] }, 2).root, blame({ 3: [2], 2: [1], 1: [2, 9] }, 3).root]).toEqual([
      9, 9,
    ]);
  });

  it('is found through a long queue in which everybody waits for all before', () => {
    const queue: Graph = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        index + 1,
        Array.from({ length: index + 1 }, (_unused, pid) => pid),
      ]),
    );
    expect(blame(queue, 300)).toMatchObject({ root: 0, depth: 300 });
  });
});

describe('in any graph', () => {
  const pid = fc.integer({ min: 1, max: 8 });
  const blockers = fc.uniqueArray(pid, { maxLength: 4 });
  const graphs: fc.Arbitrary<Graph> = fc
    .array(fc.tuple(pid, blockers), { maxLength: 8 })
    .map((pairs) =>
      Object.fromEntries(pairs.map(([waiter, of]) => [waiter, of.filter((one) => one !== waiter)])),
    );

  it('the root waits for nobody, if any session ahead does not wait', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const known = waits(graph);
        for (const waiter of known.keys()) {
          const { root, depth } = blameOf(known)(waiter);
          const others = ahead(graph, waiter);
          expect(others.includes(root) || root === waiter).toBe(true);
          expect(depth).toBeGreaterThanOrEqual(1);
          if (others.some((one) => !known.has(one))) expect(known.has(root)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('without a cycle the depth is one more than that of the deepest blocker', () => {
    const downwards = graphs.map((graph): Graph =>
      Object.fromEntries(
        Object.entries(graph).map(([waiter, of]) => [waiter, of.filter((one) => one < Number(waiter))]),
      ),
    );
    fc.assert(
      fc.property(downwards, (graph) => {
        const blameIn = blameOf(waits(graph));
        const depthOf = (one: number): number => (one in graph ? blameIn(one).depth : 0);
        for (const [waiter, of] of Object.entries(graph))
          expect(depthOf(Number(waiter))).toBe(1 + Math.max(0, ...of.map(depthOf)));
      }),
      { numRuns: 500 },
    );
  });
});
