import { describe, expect, it } from 'vitest';

import { formatIssue } from '#rooms/errors.js';
import { makeExistingPlan } from '#rooms/plan/index.js';
import { requireCapacity, shortage, type ConnectionLimit } from '#rooms/run/capacity.js';
import { parseScenario } from '#rooms/scenario/index.js';

function planned(traffic: object) {
  const scenario = {
    dataset: 'existing',
    traffic: { transactions: { one: { query: 'SELECT 1' } }, ...traffic },
    migration: { sql: 'SELECT 1' },
  };
  const parsed = parseScenario({ file: 'a.yaml', text: JSON.stringify(scenario) }, () => undefined);
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  const plan = makeExistingPlan(parsed.value);
  if (!plan.ok) throw new Error(plan.issues.map(formatIssue).join('\n'));
  return plan.value.traffic;
}

const TEN = planned({ connections: 10, rate: '100/s' });

const times = (count: number, each: number) => ({ count, sum: count * each });

/** So many arrivals of this service time, in milliseconds. */
const baseline = (
  count: number,
  each: number,
  { running = times(0, 0), eventLoop = 0.1, unserved = 30 } = {},
) => ({
  service: [{ workload: 0, completed: times(count, each), running, unserved }],
  eventLoop,
});

describe("Little's law at the baseline's service times", () => {
  it('lets a pool pass that has room', () => {
    expect(requireCapacity(TEN, baseline(100, 50))).toEqual([]);
  });

  it('warns of one that is nearly full, with the arithmetic', () => {
    expect(requireCapacity(TEN, baseline(100, 90))).toEqual([
      'the pool is nearly full without any migration: 100/s × 90 ms on average keep 9.0 connections busy, and the pool has 10',
    ]);
  });

  it('refuses one that can not carry its rate', () => {
    expect(() => requireCapacity(TEN, baseline(100, 110))).toThrow(
      'a.yaml:1: traffic: the pool can not carry its rate, as the baseline shows: 100/s × 110 ms on average keep 11.0 connections busy, and the pool has 10',
    );
  });

  it('refuses one in which what is slow never came out', () => {
    expect(() => requireCapacity(TEN, baseline(0, 0, { running: times(10, 2_000) }))).toThrow(
      /2 s on average/,
    );
    expect(() => requireCapacity(TEN, baseline(3, 1, { running: times(10, 2_000) }))).toThrow(/1.54 s on/);
  });

  it('is not misled by what has only just begun', () => {
    expect(requireCapacity(TEN, baseline(100, 50, { running: times(5, 1) }))).toEqual([]);
    expect(requireCapacity(TEN, baseline(100, 90, { running: times(9, 0) }))).toHaveLength(1);
  });

  it('only warns where no more wait than the pool serves at once: the arrivals were slow for a moment', () => {
    expect(requireCapacity(TEN, baseline(100, 110, { unserved: 0 }))).toHaveLength(1);
    expect(requireCapacity(TEN, baseline(100, 110, { unserved: 10 }))).toHaveLength(1);
    expect(() => requireCapacity(TEN, baseline(100, 110, { unserved: 11 }))).toThrow(/can not carry/);
  });

  it('says nothing where nothing has begun, or the loop is closed', () => {
    expect(requireCapacity(TEN, baseline(0, 0))).toEqual([]);
    expect(requireCapacity(planned({ connections: 1, executor: 'max' }), baseline(10, 900))).toEqual([]);
  });

  it('does not blame the pool for a generator that could not keep up', () => {
    expect(requireCapacity(TEN, baseline(100, 500, { eventLoop: 0.95 }))).toEqual([]);
  });
});

describe('connections', () => {
  const server: ConnectionLimit = { scope: 'server', name: '', most: 100, reserved: 3, inUse: 20 };
  const role: ConnectionLimit = { scope: 'role', name: 'lim', most: 8, reserved: 0, inUse: 1 };
  const database: ConnectionLimit = { scope: 'database', name: 'shop', most: 12, reserved: 0, inUse: 0 };
  const wanted = { pools: 10, actors: 0 };

  it.each([
    [[server], undefined],
    [[{ ...server, most: 38 }], 'but the server has 15 (max_connections 38, less 3 reserved and 20 in use)'],
    [[server, role], 'but the role "lim" has 7 (CONNECTION LIMIT 8, less 1 in use)'],
    [[server, database], 'but the database "shop" has 12 (CONNECTION LIMIT 12)'],
    // The smallest is the one that is told.
    [[server, database, role], 'but the role "lim" has 7 (CONNECTION LIMIT 8, less 1 in use)'],
    [[server, { ...role, most: 17 }], undefined],
    [
      [{ ...server, inUse: 200 }, role],
      'but the server has 0 (max_connections 100, less 3 reserved and 200 in use)',
    ],
  ])('of %j are enough, or told with the arithmetic', (limits, expected) => {
    const sentence = expected && `10 of the traffic + 6 of the harness = 16 connections, ${expected}`;
    expect(shortage(limits, wanted)?.message).toBe(sentence);
  });

  it('are given by whoever set the limit', () => {
    expect(shortage([role], wanted)?.hint).toBe('ALTER ROLE "lim" CONNECTION LIMIT 17, or lower connections');
  });
});
