// A thousand sessions that wait for locks: what a sample takes, and how far the observer slows itself down.
import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../../../dist/clock.js';
import { takeSample } from '../../../dist/observer/sampler.js';
import { connect } from '../../../dist/target/index.js';
import { printTable, ratio } from '../seed/bed.js';
import { letWait, ms, observerBed, sql, strangers, watching } from './bed.js';

const WAITERS = 1_000;
const SAMPLES = 20;
const WATCHED = 5_000;

/** All for one lock, and each for a lock of its own. */
const CROWDS = {
  'one queue': { hold: 'LOCK TABLE waited_for', text: () => 'SELECT * FROM waited_for' },
  'as many queues': {
    hold: `SELECT count(pg_advisory_lock(n)) FROM generate_series(0, ${WAITERS - 1}) AS n`,
    text: (index) => `SELECT pg_advisory_lock(${index})`,
  },
};

export async function crowd({ directory }) {
  const settings = {
    max_connections: String(WAITERS + 50),
    max_locks_per_transaction: '128',
    shared_buffers: '64MB',
    fsync: 'off',
  };
  const bed = await observerBed({ directory, settings });
  const sessions = [];
  try {
    await sql(bed.connection, 'CREATE TABLE waited_for (id int)');
    sessions.push(...(await strangers(bed.connection, WAITERS + 1)));
    console.log(`PostgreSQL ${bed.version}: ${WAITERS} waiting sessions`);
    const rows = [];
    for (const [name, kind] of Object.entries(CROWDS))
      rows.push(await watched(bed, sessions, { name, kind }));
    printTable(['', 'a sample, median', 'longest', 'interval', 'samples a second', 'sample/interval'], rows);
    console.log();
  } finally {
    for (const session of sessions) session.destroy();
    await bed.close();
  }
}

async function watched({ connection }, [holder, ...waiters], { name, kind }) {
  await holder.query(`BEGIN; ${kind.hold}`);
  await letWait(connection, waiters, kind.text);
  const times = await sampleTimes(connection, holder.pid);
  const observer = await watching(connection, holder.pid);
  await pause(WATCHED);
  const { observer: found } = await observer.stop();
  await holder.query('ROLLBACK; SELECT pg_advisory_unlock_all()');
  await nobodyWaits(connection);
  const median = times[Math.floor(times.length / 2)];
  const interval = found.slowedTo ?? found.interval;
  return [
    name,
    ms(median),
    ms(times.at(-1)),
    ms(interval),
    (found.samples / (WATCHED / 1_000)).toFixed(1),
    ratio(median / interval, { most: 1 }),
  ];
}

async function sampleTimes(connection, pid) {
  const session = await connect(connection, 'observer');
  try {
    const situation = { names: new Map(), migrating: new Set([pid]), step: 0, seesLocks: true };
    const times = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const before = systemClock.now();
      await takeSample(session, systemClock, before, situation);
      times.push(systemClock.now() - before);
    }
    return times.toSorted((a, b) => a - b);
  } finally {
    await session.close();
  }
}

async function nobodyWaits(connection) {
  for (;;) {
    const [{ waiting }] = await sql(
      connection,
      'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted',
    );
    if (waiting === 0) return;
    await pause(50);
  }
}
