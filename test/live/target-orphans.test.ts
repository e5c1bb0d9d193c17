import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Home } from '#rooms/target/index.js';
import {
  ended,
  homeAt,
  newInstance,
  processesAt,
  removeDirectory,
  startedInstance,
  startHarness,
  temporaryDirectory,
  textOf,
  until,
} from './server.js';

let directory: string;
let home: Home;

beforeEach(async () => {
  directory = temporaryDirectory();
  home = await homeAt(directory);
});

afterEach(() => removeDirectory(directory));

const START = `
  const instance = await T.createInstance(home, await T.findBuild(home));
  say(instance.directory);
  await instance.initialize();
  await instance.start({ shared_buffers: '32MB' });
  say('started');
`;

describe('a harness that ends without closing its server leaves nothing', () => {
  it('after SIGKILL while the server runs and executes a statement', async () => {
    const busy = `
      const server = await instance.start({ shared_buffers: '32MB' });
      const session = await T.connect(server.connection, 'traffic');
      session.query('SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000) b');
      await T.withSession(server.connection, 'audit', async (audit) => {
        const ACTIVE = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'rehearse/traffic' AND state = 'active'";
        while ((await audit.query(ACTIVE)).rowCount === 0);
      });
      say('started');
      await forever();
    `;
    const harness = startHarness(START.replace(/ {2}await instance.start[^]*/, busy), { home: directory });
    await harness.nextLine();
    await harness.nextLine();
    expect(processesAt(home.instances).length).toBeGreaterThan(2);
    harness.child.kill('SIGKILL');
    await nothingLeft();
  });

  it('after SIGKILL while initdb runs', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    const instance = await harness.nextLine();
    await until('initdb has begun', () => existsSync(join(instance, 'data', 'base')));
    harness.child.kill('SIGKILL');
    await nothingLeft();
  });

  it('after SIGKILL while the server starts', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    const instance = await harness.nextLine();
    await until('the server has begun', () => existsSync(join(instance, 'server.log')));
    harness.child.kill('SIGKILL');
    await nothingLeft();
  });

  it('after Ctrl-C, which reaches only its own process group', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    await harness.nextLine();
    await harness.nextLine();
    process.kill(-harness.child.pid!, 'SIGINT');
    await nothingLeft();
  });

  it('after it simply returned, which an open instance does not prevent', async () => {
    const harness = startHarness(START, { home: directory });
    expect(await ended(harness)).toBe(0);
    await nothingLeft();
  });

  it('also when its keeper was asked to end before', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    await harness.nextLine();
    await harness.nextLine();
    const keeper = keeperPid();
    await until('the keeper listens to signals', () => catchesSigterm(keeper));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(keeper, signal);
    harness.child.kill('SIGKILL');
    await nothingLeft();
  });
});

describe('the next harness', () => {
  it('sweeps away what a killed harness with a killed keeper left running', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    const orphan = await harness.nextLine();
    await harness.nextLine();
    process.kill(keeperPid(), 'SIGKILL');
    harness.child.kill('SIGKILL');
    await ended(harness);
    expect(processesAt(orphan).length).toBeGreaterThan(0);

    await using next = await newInstance(home);
    expect(next.state).toBe('empty');
    expect(existsSync(orphan)).toBe(false);
    expect(processesAt(orphan)).toEqual([]);
  });

  it('gives back the memory of a server that was killed with its harness and its keeper', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    const orphan = await harness.nextLine();
    await harness.nextLine();
    const memory = memoryOf(orphan);
    expect(memory.length).toBeGreaterThan(1);
    for (const { pid } of processesAt(home.instances)) process.kill(pid, 'SIGKILL');
    harness.child.kill('SIGKILL');
    await until('all of them are gone', () => processesAt(home.instances).length === 0);
    expect(memory.filter((segment) => isThere(segment))).toEqual(memory);

    await using next = await newInstance(home);
    expect(existsSync(orphan)).toBe(false);
    expect(memory.filter((segment) => isThere(segment))).toEqual([]);
    expect(next.state).toBe('empty');
  });

  it('leaves a living harness and its server alone', async () => {
    const harness = startHarness(`${START} await forever();`, { home: directory });
    const theirs = await harness.nextLine();
    await harness.nextLine();
    const { instance } = await startedInstance(home);
    await instance.close();
    expect(existsSync(join(theirs, 'data', 'postmaster.pid'))).toBe(true);
    expect(processesAt(theirs).length).toBeGreaterThan(1);
    harness.child.kill('SIGKILL');
    await nothingLeft();
  });
});

async function nothingLeft(): Promise<void> {
  await until('every process is gone', () => processesAt(home.instances).length === 0);
  expect(readdirSync(home.instances)).toEqual([]);
}

/** Paths of POSIX segments that its processes have mapped, and the id of the System V segment. */
function memoryOf(instance: string): readonly string[] {
  const maps = processesAt(instance).map(({ pid }) => textOf(`/proc/${pid}/maps`));
  const posix = maps.flatMap((map) => map.match(/\/dev\/shm\/PostgreSQL\.\d+/g) ?? []);
  const id =
    textOf(join(instance, 'data', 'postmaster.pid'))
      .split('\n')[6]
      ?.trim()
      .split(/\s+/)[1] ?? 'none';
  return [...new Set(posix), id];
}

function isThere(segment: string): boolean {
  if (segment.startsWith('/')) return existsSync(segment);
  const rows = textOf('/proc/sysvipc/shm').split('\n');
  return rows.some((row) => row.trim().split(/\s+/)[1] === segment);
}

function keeperPid(): number {
  const keeper = processesAt(home.instances).find(({ commandLine }) => commandLine.includes('keeper.js'));
  if (keeper === undefined) throw new Error('there is no keeper');
  return keeper.pid;
}

/** Bit 15 - 1 of the mask of caught signals (proc(5)). */
function catchesSigterm(pid: number): boolean {
  const [, mask = '0'] = /SigCgt:\s*([0-9a-f]+)/.exec(textOf(`/proc/${pid}/status`)) ?? [];
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n;
}
