// What every part of the benchmark stands on: a server in load mode, sessions, timing, and the printing of ratios.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { parseDataset, resolveDataset } from '../../../dist/dataset/index.js';
import {
  connect,
  createInstance,
  findBuild,
  harnessHome,
  LOAD_SETTINGS,
} from '../../../dist/target/index.js';

/** A server of our own with the settings of a seeding. */
export async function testBed({ pgBin, directory }) {
  const path = mkdtempSync(join(directory, 'rehearse-bench-'));
  // As root the server runs as another user, who must get in and read the ready files.
  chmodSync(path, 0o755);
  const home = await harnessHome({ PG_REHEARSE_HOME: path });
  const build = await findBuild(home, pgBin === undefined ? {} : { pgBin });
  const instance = await createInstance(home, build);
  await instance.initialize();
  const server = await instance.start(LOAD_SETTINGS);
  return {
    path,
    home,
    build,
    instance,
    settings: server.connection,
    close: async () => {
      await instance.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export async function inSession(settings, work) {
  const session = await connect(settings, 'seed');
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

export function datasetOf({ sql, yaml = '', file = 'bench.yaml', scale = 1 }) {
  const parsed = parseDataset({ file, text: yaml }, () => ({ file: 'bench.sql', text: sql }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues, null, 2));
  return resolveDataset(parsed.value, { scale });
}

const file = (name) => readFileSync(new URL(`../../../datasets/${name}`, import.meta.url), 'utf8');

/** The dataset that ships. */
export const shop = (scale) =>
  datasetOf({ sql: file('shop.sql'), yaml: file('shop.yaml'), file: 'shop.yaml', scale });

/** Seconds of the work. */
export async function timed(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/**
 * The contestants take turns, so that what else the machine does falls on all of them; of each its fastest round,
 * because other work only ever adds to it. A run gives its `seconds` and what else is known of it.
 */
export async function inTurns(rounds, contestants) {
  const fastest = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const one = await contestant();
      if (!(fastest[name]?.seconds <= one.seconds)) fastest[name] = one;
    }
  }
  return fastest;
}

/** Processor seconds that a process of this host has used so far; undefined where /proc does not tell. */
export function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    // utime and stime in ticks of 10 ms (man proc).
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

export const run = promisify(execFile);

export const millions = (rows) => `${(rows / 1e6).toFixed(rows < 1e6 ? 2 : rows < 1e7 ? 1 : 0)} M`;

/** A table of strings, numbers to the right. */
export function printTable(head, rows) {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines)
    console.log(
      `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')}`.trimEnd(),
    );
}

export const LOAD_HEAD = ['', 's', 'rows/s', 'processor s: ours', 'server'];

/** Of one load, under `LOAD_HEAD`. */
export const loadCells = ({ seconds, own, server }, rows) => [
  seconds.toFixed(2),
  millions(rows / seconds),
  own === undefined ? '' : own.toFixed(2),
  server === undefined || Number.isNaN(server) ? '' : server.toFixed(2),
];

/** `0.98 (asked: at least 0.97)`, marked where it is missed; no more than the number where nothing is asked. */
export function ratio(value, { least, most }, decimals = 2, unit = '') {
  const number = `${value.toFixed(decimals)}${unit}`;
  if (least === undefined && most === undefined) return number;
  const isGood = least === undefined ? value <= most : value >= least;
  const asked = least === undefined ? `at most ${most}` : `at least ${least}`;
  return `${number} (asked: ${asked}${isGood ? '' : ', MISSED'})`;
}
