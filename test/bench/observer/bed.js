// A server to be watched, sessions on it, and conditions to wait for.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../../../dist/clock.js';
import { startObserver } from '../../../dist/observer/index.js';
import {
  connect,
  createInstance,
  findBuild,
  harnessHome,
  MEASURE_SETTINGS,
} from '../../../dist/target/index.js';

export async function observerBed({ directory, pgBin, settings = {} }) {
  const path = mkdtempSync(join(directory, 'rehearse-bench-'));
  // As root the server runs as another user, who must get in.
  chmodSync(path, 0o755);
  const home = await harnessHome({ PG_REHEARSE_HOME: path });
  const build = await findBuild(home, pgBin === undefined ? {} : { pgBin });
  const instance = await createInstance(home, build);
  await instance.initialize();
  const server = await instance.start({ ...MEASURE_SETTINGS, autovacuum: 'off', ...settings });
  return {
    path,
    instance,
    connection: server.connection,
    version: build.version,
    close: async () => {
      await instance.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export async function sql(connection, ...texts) {
  const session = await connect(connection, 'audit');
  try {
    let result;
    for (const text of texts) result = await session.query(text);
    return result.rows;
  } finally {
    await session.close();
  }
}

/** Sessions of other people. Their search for deadlocks would be measured instead: a thousand of them look at all others. */
export async function strangers(connection, count) {
  const sessions = [];
  // A server forks one after the other, and each handshake costs both sides milliseconds.
  while (sessions.length < count) {
    const batch = Array.from({ length: Math.min(20, count - sessions.length) }, () =>
      connect(connection, 'traffic', { settings: { deadlock_timeout: '1h' } }),
    );
    sessions.push(...(await Promise.all(batch)));
  }
  return sessions;
}

/** Sends each session its text and waits until all of them wait for a lock. */
export async function letWait(connection, sessions, textOf) {
  for (const [index, session] of sessions.entries()) session.query(textOf(index)).catch(() => undefined);
  for (;;) {
    const [{ waiting }] = await sql(
      connection,
      'SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks WHERE NOT granted',
    );
    if (waiting >= sessions.length) return;
    await pause(50);
  }
}

/** As during a step of a migration whose session is `pid`. */
export async function watching(connection, pid, origin = systemClock.now()) {
  const reporting = {
    settings: {},
    deadlockTimeout: 1_000,
    isExact: false,
    sees: { locks: true, sessions: true },
    missing: [],
  };
  const observer = await startObserver({ connection, clock: systemClock, origin, reporting });
  observer.adopt(pid, 'step');
  observer.beginStep(0);
  return observer;
}

export const ms = (value) => `${value < 100 ? value.toFixed(2) : value.toFixed(1)} ms`;
