import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { runMigration } from '#rooms/migration/index.js';
import type { SqlStep } from '#rooms/plan/index.js';
import { connect, LockWaitLog, type ConnectionSettings, type Instance } from '#rooms/target/index.js';
import { milliseconds } from '#rooms/units.js';

import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

let directory: string;
let instance: Instance;
let connection: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  const started = await startedInstance(await homeAt(directory));
  instance = started.instance;
  connection = started.server.connection;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

/** So short that a cancel nearly always finds the session between two of them, where it does nothing. */
const SHORT = Array.from({ length: 20_000 }, (_, number) => `INSERT INTO done VALUES (${number})`);
const IS_INSERTING = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND query LIKE 'INSERT%'";
const ENDLESS = 'SELECT pg_sleep(3600)';

function step(texts: readonly string[], together: boolean): SqlStep {
  const statements = texts.map((text, line) => ({ text, line, transactional: together }));
  return {
    kind: 'sql',
    name: 'many',
    units: together
      ? [{ begin: 'BEGIN', statements }]
      : statements.map((statement) => ({ begin: 'BEGIN', statements: [statement] })),
    lockTimeout: undefined,
    statementTimeout: undefined,
    retries: 0,
    backoff: milliseconds(0),
    maxBackoff: milliseconds(0),
    location: { file: 'migration.sql', path: 'migration' },
  };
}

describe('a migration that is stopped between two statements', () => {
  it.each([
    ['of one transaction', true],
    ['of their own', false],
  ])('%s does not go on to the next', async (_, together) => {
    await using session = await connect(connection, 'audit');
    await session.query('DROP TABLE IF EXISTS done');
    await session.query('CREATE TABLE done (number int)');
    const stop = new AbortController();
    let migrates: number | undefined;
    const running = runMigration([step([...SHORT, ENDLESS], together)], {
      connection,
      clock: systemClock,
      origin: systemClock.now(),
      directory,
      signal: stop.signal,
      waits: new LockWaitLog(systemClock),
      sees: { locks: true },
      onEvent: (event) => {
        if (event.kind === 'session') migrates = event.pid;
      },
    });
    await vi.waitFor(
      async () => {
        const { rows } = await session.query(IS_INSERTING, [migrates ?? 0]);
        expect(rows).toHaveLength(1);
      },
      { timeout: 60_000, interval: 5 },
    );
    stop.abort(new Error('enough'));

    const { outcome, steps } = await running;

    expect(outcome).toBe('interrupted');
    expect(steps[0]?.error?.message).toBe('enough');
    const texts = steps[0]?.statements.map(({ text }) => text) ?? [];
    expect(texts.length).toBeGreaterThan(0);
    expect(texts).toEqual(SHORT.slice(0, texts.length));
    const { rows } = await session.query('SELECT count(*)::int AS kept FROM done');
    const withError = steps[0]?.statements.filter(({ error }) => error !== undefined).length ?? 0;
    expect(rows).toEqual([{ kept: together ? 0 : texts.length - withError }]);
  });
});
