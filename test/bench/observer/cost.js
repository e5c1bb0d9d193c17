// A saturated TPC-B-like load with the observer on and off in turns (ABBA), within one run: what it costs the traffic.
import { setTimeout as pause } from 'node:timers/promises';

import { printTable, processorSeconds, ratio } from '../seed/bed.js';
import { ourRun, TPCB } from '../traffic/bed.js';
import { letWait, observerBed, sql, strangers, watching } from './bed.js';

const SCALE = 10;
const CONNECTIONS = 16;
/** Seconds; the first of each block is not counted: connections are opened and closed in it. */
const BLOCK = 3;
const WAITERS = 4;

const TABLES = [
  `CREATE TABLE pgbench_branches AS SELECT bid, 0 AS bbalance FROM generate_series(1, ${SCALE}) AS bid`,
  `CREATE TABLE pgbench_tellers AS SELECT tid, (tid - 1) / 10 + 1 AS bid, 0 AS tbalance FROM generate_series(1, ${SCALE * 10}) AS tid`,
  `CREATE TABLE pgbench_accounts AS SELECT aid, (aid - 1) / 100000 + 1 AS bid, 0 AS abalance, repeat(' ', 84) AS filler FROM generate_series(1, ${SCALE * 100_000}) AS aid`,
  'CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))',
  'ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid)',
  'ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid)',
  'ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid)',
  'CREATE TABLE waited_for (id int)',
  'VACUUM ANALYZE',
];

export async function cost({ directory, blocks }) {
  const settings = { fsync: 'off', synchronous_commit: 'off' };
  const bed = await observerBed({ directory, settings });
  const sessions = [];
  try {
    await sql(bed.connection, ...TABLES);
    sessions.push(...(await strangers(bed.connection, WAITERS + 1)));
    const [holder, ...waiters] = sessions;
    await holder.query('BEGIN; LOCK TABLE waited_for');
    await letWait(bed.connection, waiters, () => 'SELECT * FROM waited_for');
    const measured = await alternated(bed, holder.pid, blocks);
    report(bed, measured);
  } finally {
    for (const session of sessions) session.destroy();
    await bed.close();
  }
}

/** ABBA: what drifts falls on both. */
const isOn = (block) => [true, false, false, true][block % 4];

async function alternated(bed, pid, blocks) {
  let origin;
  const clock = () => {
    const now = process.hrtime.bigint();
    origin = Number(now) / 1e6 + 100;
    return now;
  };
  const seconds = blocks * BLOCK;
  const load = ourRun(bed, { script: TPCB, scale: SCALE, connections: CONNECTIONS, seconds, clock });
  while (origin === undefined) await pause(10);
  let [samples, used] = [0, 0];
  const until = (second) =>
    pause(Math.max(0, origin + second * 1_000 - Number(process.hrtime.bigint()) / 1e6));
  for (let block = 0; block < blocks; block++) {
    // The first second warms up.
    await until(1 + block * BLOCK);
    if (!isOn(block)) continue;
    const observer = await watching(bed.connection, pid, origin);
    await until(1 + (block + 1) * BLOCK);
    used += await usedByObserver(bed.connection);
    samples += (await observer.stop()).observer.samples;
  }
  const { recording } = await load;
  const perSecond = new Map(
    recording.timeline.map(({ at, completed }) => [Math.round(at / 1_000), completed]),
  );
  return { perSecond: blocksOf(perSecond, blocks), samples, used };
}

/** Processor seconds of its backend; on a busy machine they tell more than what the load makes of it. */
async function usedByObserver(connection) {
  const [row] = await sql(
    connection,
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'rehearse/observer'",
  );
  return processorSeconds(row?.pid) ?? 0;
}

function blocksOf(perSecond, blocks) {
  return Array.from({ length: blocks }, (_, block) => {
    const counted = Array.from({ length: BLOCK - 1 }, (_second, index) => 1 + block * BLOCK + 1 + index);
    return counted.reduce((sum, second) => sum + (perSecond.get(second) ?? 0), 0) / counted.length;
  });
}

/** Student's t, two-sided 95 %, by degrees of freedom; more are near enough to 2. */
const T = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];

/** Each on and off that stand side by side make a pair. */
function report(bed, { perSecond: rates, samples, used }) {
  const pairs = Array.from({ length: Math.floor(rates.length / 2) }, (_, index) => {
    const [one, other] = [rates[2 * index], rates[2 * index + 1]];
    return Math.log(isOn(2 * index) ? one / other : other / one);
  });
  const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
  const variance = pairs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pairs.length - 1);
  const margin = (T[pairs.length - 2] ?? 2) * Math.sqrt(variance / pairs.length);
  const average = (wanted) => {
    const own = rates.filter((_, block) => isOn(block) === wanted);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  };
  const watched = rates.filter((_, block) => isOn(block)).length * BLOCK;
  console.log(
    `PostgreSQL ${bed.version}: TPC-B-like, as fast as it goes, ${CONNECTIONS} connections, ${WAITERS} waiters, ${rates.length} blocks of ${BLOCK} s in turns (ABBA)`,
  );
  printTable(
    ['', ''],
    [
      ['transactions a second, observer off', average(false).toFixed(0)],
      ['transactions a second, observer on', average(true).toFixed(0)],
      ['samples a second while on', (samples / watched).toFixed(1)],
      ['processor ms of its backend a sample', ((used * 1_000) / samples).toFixed(2)],
      ['on/off', ratio(Math.exp(mean), { least: 0.98 }, 3)],
      [
        '  with 95 % between',
        `${Math.exp(mean - margin).toFixed(3)} and ${Math.exp(mean + margin).toFixed(3)}`,
      ],
    ],
  );
  console.log();
}
