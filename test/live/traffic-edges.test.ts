import { describe, expect, it } from 'vitest';

import { connectTraffic, trafficStatement } from '#rooms/target/thread.js';

import { accountOf, drive, trafficOf } from './driven.js';
import { sharedServer } from './shared-server.js';

/* Statements and transactions that are unlike the usual ones, against a real server. */

const SCHEMA = `
CREATE TABLE one (id int PRIMARY KEY);
INSERT INTO one SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE other AS TABLE one`;

const { connection, run } = sharedServer(SCHEMA);

/** An arm that is never taken. */
const SILENT = {
  params: { x: 'int 1..10' },
  steps: [{ if: ':x > 20', then: [{ query: 'SELECT 1' }] }],
};

describe('a transaction that sends nothing', () => {
  it('goes round and round in a closed loop', async () => {
    const traffic = trafficOf({ connections: 2, executor: 'max', transactions: { silent: SILENT } });
    const { completed, failed, inFlight } = accountOf(
      await drive(traffic, connection(), { lasts: 500, grace: 2_000 }),
    );
    expect(completed).toBeGreaterThan(1_000);
    expect([failed, inFlight]).toEqual([0, 0]);
  });

  it('leaves a long line in which it stood, one after the other', async () => {
    const traffic = trafficOf({
      connections: 1,
      rate: '8000/s',
      mix: { silent: 10_000, slow: 1 },
      transactions: { silent: SILENT, slow: { query: 'SELECT pg_sleep(1.5)' } },
    });
    const account = accountOf(await drive(traffic, connection(), { lasts: 3_000, grace: 5_000 }));
    expect(account.completed).toBe(account.planned);
    expect(account.planned).toBeGreaterThan(10_000);
  });
});

describe('a statement', () => {
  it('that throws away what was prepared does not fail those that come after it', async () => {
    for (const text of ['DISCARD ALL', 'DEALLOCATE ALL']) {
      const traffic = trafficOf({
        connections: 2,
        rate: '200/s',
        mix: { forget: 1, read: 10 },
        transactions: {
          forget: { query: text },
          read: { query: 'SELECT id FROM one WHERE id = :id', params: { id: 'int 1..1000' } },
        },
      });
      const { planned, completed } = accountOf(await drive(traffic, connection(), { lasts: 1_000 }));
      expect(completed, text).toBe(planned);
    }
  });

  it('that asks for data fails, and its connection goes on', async () => {
    const settings = { name: '', wantsRow: false, pieces: ['COPY one FROM STDIN'], order: [] };
    for (const protocol of ['named', 'unnamed', 'simple'] as const) {
      const session = await connectTraffic(connection());
      const send = (text: string) =>
        new Promise<string>((resolve) => {
          const statement = trafficStatement({ ...settings, pieces: [text], text, protocol, name: text }, 0);
          session.send(statement, [], ({ error, rows }) => resolve(error?.message ?? `${rows}`));
        });
      expect(await send('COPY one FROM STDIN')).toMatch(/no data for COPY/);
      expect(await send('SELECT id FROM one LIMIT 2')).toBe('2');
      await session.close();
    }
  });
});

it('a connection that comes back serves whoever does not need what is locked', async () => {
  const by = (table: string) => ({
    query: `SELECT id FROM ${table} WHERE id = :id`,
    params: { id: 'int 1..1000' },
  });
  const traffic = trafficOf({
    connections: 4,
    rate: '100/s',
    // Nobody asks for it while it is locked.
    mix: { other: 100_000, locked: 1 },
    transactions: { other: by('other'), locked: by('one') },
  });
  const recording = await drive(traffic, connection(), {
    lasts: 4_000,
    meanwhile: async () => {
      await run(
        "BEGIN; LOCK TABLE one; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rehearse/traffic'; SELECT pg_sleep(2.5); COMMIT",
      );
    },
  });
  const { planned, completed, failed } = accountOf(recording);
  expect(completed + failed).toBe(planned);
  expect(recording.generator).toMatchObject({ connectionsLost: 4, reconnects: 4 });
  // By the end of the second second everybody is back.
  expect(recording.timeline[1]!.completed).toBeGreaterThan(0);
});
