// Memory and time a row of a whole load, from small to large: both must not depend on the number of rows.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { inSession, inTurns, millions, printTable, ratio } from './bed.js';

const SIZES = [1e6, 2e6, 5e6, 10e6];
const FULL_SIZES = [1e6, 5e6, 10e6, 50e6, 100e6];
const MEGABYTE = 1024 ** 2;

/** Of each load; more would take long, and the sizes check each other. */
const ROUNDS = 2;

export async function memory({ bed, full }) {
  const loads = (full ? FULL_SIZES : SIZES).flatMap((rows) => [
    { rows, connections: 1 },
    { rows, connections: 4 },
  ]);
  const contestants = loads.map(({ rows, connections }, index) => [
    String(index),
    () => load(bed, rows, connections),
  ]);
  const fastest = Object.values(await inTurns(ROUNDS, Object.fromEntries(contestants)));
  console.log(
    `a whole load of narrow tables (four tables of two int columns), fastest of ${ROUNDS}; keys, vacuum and the like not in the seconds`,
  );
  printTable(
    ['rows', 'connections', 's', 'ns a row', 'peak memory of the harness'],
    loads.map(({ rows, connections }, index) => [
      millions(rows),
      String(connections),
      fastest[index].seconds.toFixed(1),
      ((fastest[index].seconds / rows) * 1e9).toFixed(0),
      ratio(fastest[index].peak / MEGABYTE, { most: 250 }, 0, ' MB'),
    ]),
  );
  const curve = loads.flatMap(({ rows, connections }, index) =>
    connections === 1 && rows <= 50e6 ? [fastest[index].seconds / rows] : [],
  );
  console.log(
    `  time a row on one connection, largest to smallest up to 50 M rows: ${(Math.max(...curve) / Math.min(...curve)).toFixed(2)}\n`,
  );
}

/** In a process of its own, whose memory is that of the load alone. */
async function load({ settings }, rows, connections) {
  const database = 'narrow';
  await inSession(settings, (session) => session.query(`CREATE DATABASE ${database}`));
  const loader = fork(fileURLToPath(new URL('./narrow-load.js', import.meta.url)));
  try {
    return await new Promise((resolve, reject) => {
      loader.once('message', resolve);
      loader.once('exit', (code) => reject(new Error(`the loader ended with ${code}`)));
      loader.send({ connection: { ...settings, database }, rows, connections });
    });
  } finally {
    loader.kill();
    await inSession(settings, (session) => session.query(`DROP DATABASE ${database} WITH (FORCE)`));
  }
}
