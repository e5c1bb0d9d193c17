import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { onTestFinished } from 'vitest';

import {
  createInstance,
  findBuild,
  harnessHome,
  type Home,
  type Instance,
  type Server,
} from '#rooms/target/index.js';

export const IS_ROOT = process.getuid?.() === 0;

/** Of the system's other servers, the oldest that is supported: the newest is the embedded one. */
export const INSTALLED_BIN = installedServers()[0];

function installedServers(): readonly string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((major) => Number(major) >= 14 && Number(major) <= 18)
    .sort((a, b) => Number(a) - Number(b))
    .map((major) => join(root, major, 'bin'))
    .filter((bin) => existsSync(join(bin, 'initdb')));
}

/** A directory that every user can enter, as the server's user must when the tests run as root. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rehearse-test-'));
  chmodSync(directory, 0o755);
  return directory;
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

export async function homeAt(directory: string): Promise<Home> {
  return await harnessHome({ PG_REHEARSE_HOME: directory });
}

export async function newInstance(home: Home, pgBin?: string): Promise<Instance> {
  return await createInstance(home, await findBuild(home, pgBin === undefined ? {} : { pgBin }));
}

export interface StartedInstance extends AsyncDisposable {
  readonly instance: Instance;
  readonly server: Server;
}

/** Small and not durable: what the tests look at does not depend on it. */
export const TEST_SETTINGS = { shared_buffers: '32MB', fsync: 'off', max_connections: '20' };

export async function startedInstance(home: Home, pgBin?: string): Promise<StartedInstance> {
  const instance = await newInstance(home, pgBin);
  await instance.initialize();
  const server = await instance.start(TEST_SETTINGS);
  return { instance, server, [Symbol.asyncDispose]: () => instance.close() };
}

export interface ProcessSeen {
  readonly pid: number;
  readonly commandLine: string;
}

/** Every process that names the path in its command line or works below it. Linux only, like CI. */
export function processesAt(path: string): readonly ProcessSeen[] {
  return allProcesses().filter(({ pid, commandLine }) => {
    if (pid === process.pid) return false;
    return commandLine.includes(path) || linkOf(`/proc/${pid}/cwd`).startsWith(path);
  });
}

export function allProcesses(): readonly ProcessSeen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      commandLine: textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
    }));
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Other processes tell nobody when they are done, so they are watched. The limit only ends a test that has failed. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still waiting until ${what}`);
    await pause(10);
  }
}

export interface Harness {
  readonly child: ChildProcess;
  /** The next line that it prints; rejects with what it complained of when it ends instead. */
  nextLine(): Promise<string>;
}

export interface HarnessOptions {
  readonly home: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Root of another copy of the project. */
  readonly root?: string;
}

/** A process that ends with the test at the latest. It uses the room `target` by the built files, as `T`, with its home open as `home`. */
export function startHarness(script: string, options: HarnessOptions): Harness {
  const root =
    options.root === undefined ? new URL('../../', import.meta.url) : new URL(`file://${options.root}/`);
  const program = [
    `import * as T from ${JSON.stringify(new URL('dist/target/index.js', root).href)};`,
    'const home = await T.harnessHome();',
    'const say = (text) => process.stdout.write(`${text}\\n`);',
    'const forever = () => new Promise(() => setInterval(() => {}, 1000));',
    script,
  ];
  const child = spawn(process.execPath, ['--input-type=module', '-e', program.join('\n')], {
    ...options.user,
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'], PG_REHEARSE_HOME: options.home, ...options.environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done !== true) return line.value;
    throw new Error(`the harness ended: ${Buffer.concat(complaints).toString('utf8')}`);
  };
  return { child, nextLine };
}

/** Its exit code; null after a signal. */
export async function ended(harness: Harness): Promise<number | null> {
  if (harness.child.exitCode === null && harness.child.signalCode === null) await once(harness.child, 'exit');
  return harness.child.exitCode;
}

/** Gives a directory to `nobody`, who exists everywhere. */
export const NOBODY = { uid: 65534, gid: 65534 };

export function giveTo(user: { readonly uid: number; readonly gid: number }, path: string): void {
  chownSync(path, user.uid, user.gid);
}
