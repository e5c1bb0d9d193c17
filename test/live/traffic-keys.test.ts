import { describe, expect, it } from 'vitest';

import type { TrafficPlan } from '#rooms/plan/index.js';
import { sampleKeys } from '#rooms/run/sample-keys.js';
import { withSession } from '#rooms/target/index.js';

import { accountOf, drive, trafficOf } from './driven.js';
import { sharedServer } from './shared-server.js';

const SCHEMA = `
CREATE TABLE items (id int PRIMARY KEY, name text);
INSERT INTO items SELECT n, 'x' FROM generate_series(1, 100) AS n;
CREATE TABLE log (slot bigint, a text);
CREATE TABLE emptied (a text)`;

const { connection, run } = sharedServer(SCHEMA);

const sampled = (traffic: TrafficPlan) =>
  withSession(connection(), 'audit', (session) => sampleKeys(session, traffic));

describe('keys of a database that is there already', () => {
  it('are sampled before the run', async () => {
    const traffic = trafficOf({
      connections: 2,
      rate: '100/s',
      transactions: {
        one: {
          query: 'INSERT INTO log SELECT id, name FROM items WHERE id = :id',
          params: { id: 'items.id zipfian 1.1' },
        },
      },
    });
    const recording = await drive(await sampled(traffic), connection(), { lasts: 1_000 });
    expect(accountOf(recording).failed).toBe(0);
    const [{ n, different }] = (await run(
      'SELECT count(*)::int AS n, count(DISTINCT slot)::int AS different FROM log',
    )) as [{ n: number; different: number }];
    expect(n).toBe(accountOf(recording).completed);
    expect(different).toBeGreaterThan(10);
  });

  it('come from the whole of a big table, the newest first where they are asked for', async () => {
    await run('CREATE TABLE big AS SELECT n AS id FROM generate_series(1, 400000) AS n');
    await run('CREATE INDEX ON big (id); ANALYZE big');
    const traffic = trafficOf({
      connections: 1,
      rate: '1/s',
      transactions: { one: { query: 'SELECT :id', params: { id: 'big.id latest' } } },
    });
    const { workloads } = await sampled(traffic);
    const { draw } = workloads[0]!.mix[0]!.parameters[0]!;
    if (draw.kind !== 'pool') throw new Error('expected sampled keys');
    const keys = draw.values.map(Number);
    expect(keys.length).toBeGreaterThan(15_000);
    expect(keys.slice(-2_000)).toEqual(Array.from({ length: 2_000 }, (_, n) => 398_001 + n));
    // As many below the middle as above it, but for chance.
    const older = keys.slice(0, -2_000);
    const below = older.filter((key) => key <= 200_000).length / older.length;
    expect(below).toBeGreaterThan(0.4);
    expect(below).toBeLessThan(0.6);
  });

  it.each([
    [
      'items.nothing',
      /^a\.yaml:\d+: .*its keys can not be sampled: column "nothing" does not exist \(42703\)/,
    ],
    ['nowhere.id', /its keys can not be sampled: relation "nowhere" does not exist \(42P01\)/],
    ['emptied.a', /emptied\.a holds no value to draw/],
  ])('that are not there are told with their line: %s', async (key, message) => {
    const traffic = trafficOf({
      connections: 1,
      rate: '1/s',
      transactions: { one: { query: 'SELECT :id', params: { id: key } } },
    });
    await expect(sampled(traffic)).rejects.toMatchObject({
      code: 'traffic.refused',
      message: expect.stringMatching(message) as string,
    });
  });
});
