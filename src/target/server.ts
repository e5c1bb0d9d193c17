import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { after, formatDuration, milliseconds } from '../units.ts';
import type { ServerBuild } from './build.ts';
import { lastLines, serverEnvironment } from './server-program.ts';
import { identityOf, type ServerUser } from './server-user.ts';
import { configurationFile, quoteSetting, type ServerSettings } from './settings.ts';
import { noteSharedMemory } from './shared-memory.ts';
import { stopServerOf, type StopMode } from './stop-server.ts';

export interface ServerPlace {
  readonly build: ServerBuild;
  readonly user: ServerUser;
  readonly dataDirectory: string;
  readonly configuration: string;
  readonly log: string;
}

/** How a server ended: asked to by `stop`, or of itself. */
export type ServerExit = { readonly kind: 'stopped' } | { readonly kind: 'died'; readonly how: string };

export interface RunningServer {
  readonly port: number;
  readonly exited: Promise<ServerExit>;
  stop(mode: StopMode): Promise<void>;
}

const START_TIMEOUT = milliseconds(120_000);
const POLL = milliseconds(10);
const PORT_ATTEMPTS = 5;

/**
 * Starts a server on a free port of 127.0.0.1 and waits until it accepts connections. Throws `Failure('usage')` for a
 * setting that the server does not know or like, else `Failure('target.unavailable')` with the last lines of its log.
 */
export async function startServer(
  place: ServerPlace,
  settings: ServerSettings,
  signal: AbortSignal | undefined,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const started = await tryPort(place, settings, signal);
    if (started.kind === 'running') return started.server;
    const portTaken = /could not bind|could not create any TCP\/IP sockets/.test(started.log);
    if (!portTaken || attempt === PORT_ATTEMPTS) throw startFailure(started.log, place.log);
  }
}

type Attempt =
  | { readonly kind: 'running'; readonly server: RunningServer }
  | { readonly kind: 'exited'; readonly log: string };

async function tryPort(
  place: ServerPlace,
  settings: ServerSettings,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const port = await freePort();
  await writeFile(place.configuration, configurationOf(place, settings, port));
  const logStart = await sizeOf(place.log);
  const server = await launch(place, port);
  try {
    if (await ready(server, place, signal)) {
      if (server.pid !== undefined) await noteSharedMemory(place.dataDirectory, server.pid);
      return { kind: 'running', server };
    }
  } catch (error) {
    await stopServerOf(place.dataDirectory, 'discard');
    throw error;
  }
  const log = await readFile(place.log).catch(() => Buffer.alloc(0));
  return { kind: 'exited', log: log.subarray(logStart).toString('utf8') };
}

/** First what initdb found out about this machine, then ours: the last one counts. */
function configurationOf(place: ServerPlace, settings: ServerSettings, port: number): string {
  const own = [
    `include = ${quoteSetting('include', join(place.dataDirectory, 'postgresql.conf'))}`,
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    "unix_socket_directories = ''",
    "log_destination = 'stderr'",
    'logging_collector = off',
  ];
  return `${own.join('\n')}\n${configurationFile(settings)}`;
}

interface LaunchedServer extends RunningServer {
  readonly pid: number | undefined;
  hasExited(): boolean;
}

/** In a session of its own, so that Ctrl-C in the terminal of the harness does not reach it. */
async function launch(place: ServerPlace, port: number): Promise<LaunchedServer> {
  const log = openSync(place.log, 'a');
  const child = spawn(
    join(place.build.bin, 'postgres'),
    ['-D', place.dataDirectory, '-c', `config_file=${place.configuration}`],
    {
      ...identityOf(place.user),
      detached: true,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  child.unref();
  let stopping = false;
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, killedBy) => {
      const how = killedBy === null ? `exit code ${code ?? 'unknown'}` : `signal ${killedBy}`;
      resolve(stopping ? { kind: 'stopped' } : { kind: 'died', how });
    });
  });
  await once(child, 'spawn');
  return {
    port,
    pid: child.pid,
    exited,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (mode) => {
      stopping = true;
      await stopServerOf(place.dataDirectory, mode);
    },
  };
}

/** False when the server ended instead. What `pg_ctl -w` does: the server writes its status into its pid file. */
async function ready(
  server: LaunchedServer,
  place: ServerPlace,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = after(systemClock.now(), START_TIMEOUT);
  const pidFile = join(place.dataDirectory, 'postmaster.pid');
  while (!server.hasExited()) {
    const state = parsePostmasterFile(await readFile(pidFile, 'utf8').catch(() => ''));
    if (state?.pid === server.pid && state?.status === 'ready') return true;
    if (systemClock.now() > deadline) throw tooSlow(place);
    signal?.throwIfAborted();
    await systemClock.sleep(POLL);
  }
  return false;
}

/** Lines 1 and 8 of `postmaster.pid` (pidfile.h, 10 and later). Undefined while it is being written. */
export function parsePostmasterFile(
  text: string,
): { readonly pid: number; readonly status: string } | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const status = lines[7]?.trim() ?? '';
  return Number.isInteger(pid) && pid > 0 && status !== '' ? { pid, status } : undefined;
}

function tooSlow(place: ServerPlace): Failure {
  return new Failure('target.unavailable', {
    message: `the server does not accept connections after ${formatDuration(START_TIMEOUT)}`,
    where: place.dataDirectory,
  });
}

function startFailure(log: string, file: string): Failure {
  const complaint = settingComplaint(log);
  if (complaint !== undefined) {
    return new Failure('usage', {
      message: `the server does not accept a setting: ${complaint}`,
      hint: 'its line stands under settings: of the scenario; names and values are those of postgresql.conf in this version',
    });
  }
  return new Failure('target.unavailable', {
    message: `the server did not start:\n${lastLines(log, 10)}`,
    where: file,
  });
}

/**
 * What the server says about a setting, without the place in our configuration file: `unrecognized configuration
 * parameter "x"`, `invalid value for parameter "x": "y"`, `9 is outside the valid range for parameter "x" (…)`.
 */
export function settingComplaint(log: string): string | undefined {
  const line = log.split('\n').find((text) => /(?:LOG|ERROR|FATAL):\s.*\bparameter "[^"]+"/.test(text));
  return line?.replace(/^.*?(?:LOG|ERROR|FATAL):\s+/, '').replace(/ in file ".*$/, '');
}

/** Somebody may take it before the server does; then the server says so and the next one is tried. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string')
    throw new Failure('bug', { message: 'a port has no number' });
  return address.port;
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
