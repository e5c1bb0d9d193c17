import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, inject } from 'vitest';

import { readReport, type ReportFile } from '#rooms/result/index.js';
import { CHOSEN_SERVER, processesAt, removeDirectory, temporaryDirectory, until } from './server.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const COMMAND = join(ROOT, 'dist', 'cli', 'main.js');

export interface CommandOptions {
  readonly home?: TestHome;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly environment?: Readonly<Record<string, string>>;
}

/** The built command, running in a process group of its own, as in a terminal. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** All of stderr until now. */
  readonly said: () => string;
  /** Resolves when stderr matches; rejects when the command ends before. */
  readonly says: (text: RegExp) => Promise<void>;
  /** To its whole process group, as Ctrl-C does. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  /** null: ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function startCommand(words: readonly string[], options: CommandOptions = {}): RunningCommand {
  const { home, cwd = ROOT, user, environment } = options;
  const child = spawn(process.execPath, [COMMAND, ...words], {
    ...user,
    cwd,
    detached: true,
    env: {
      PATH: process.env['PATH'],
      ...CHOSEN_SERVER,
      ...(home === undefined ? {} : { PG_REHEARSE_HOME: home.path }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  home?.started.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, ...output }));
  return {
    child,
    said: () => output.stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text.test(output.stderr)) resolve();
        };
        look();
        child.stderr.on('data', look);
        child.on('close', () => reject(new Error(`ended without saying ${text.source}:\n${output.stderr}`)));
      }),
    signal: (signal) => process.kill(-child.pid!, signal),
    ended,
  };
}

export const command = (words: readonly string[], options?: CommandOptions): Promise<Ended> =>
  startCommand(words, options).ended;

/**
 * Where a test has its servers to itself. Its end waits until nothing of ours runs any more, looks that nothing lies about, and
 * removes it.
 */
export interface TestHome extends AsyncDisposable {
  readonly path: string;
  readonly instances: string;
  /** For the test's scenario files and reports. */
  readonly files: string;
  /** Whatever was started in it; still running at its end only where the test failed. */
  readonly started: Set<ChildProcess>;
}

/** A home whose cache of datasets is shared by all tests of this run. */
export function newHome(): TestHome {
  const home = emptyHome();
  share('datasets', join(inject('playground'), 'datasets'), home);
  return home;
}

/** A home in which every dataset is made anew; `place` may lie on another disk. */
export function emptyHome(place?: string): TestHome {
  const home = untouchedHome(place);
  mkdirSync(home.path, { recursive: true });
  // Programs can not always be started from memory.
  share('builds', join(tmpdir(), `${basename(inject('playground'))}-builds`), home);
  return home;
}

/** A home that is not there, and shall not be there afterwards. */
export function untouchedHome(place?: string): TestHome {
  const files = temporaryDirectory();
  const path = place ?? join(inject('playground'), basename(files));
  const instances = join(path, 'instances');
  const started = new Set<ChildProcess>();
  const close = async (): Promise<void> => {
    for (const child of started) child.kill('SIGKILL');
    await nothingLeft(instances);
    removeDirectory(files);
    if (place === undefined) removeDirectory(path);
  };
  return { path, instances, files, started, [Symbol.asyncDispose]: close };
}

function share(name: string, directory: string, { path }: TestHome): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  symlinkSync(directory, join(path, name));
}

async function nothingLeft(instances: string): Promise<void> {
  if (!existsSync(instances)) return;
  await until('every process is gone', () => processesAt(instances).length === 0);
  expect(readdirSync(instances)).toEqual([]);
}

export interface Rehearsal extends RunningCommand {
  /** The reports that it wrote, in their order, each checked to be whole. */
  readonly reported: () => Promise<Rehearsed>;
}

export interface Rehearsed extends Ended {
  /** In the order of the runs. */
  readonly reports: readonly Reported[];
}

export interface Reported {
  readonly report: ReportFile;
  readonly summary: string;
}

/** The only report of a run; complains with what the command said where there is none. */
export function only({ reports, exitCode, stderr }: Rehearsed): Reported {
  const [first, second] = reports;
  if (first !== undefined && second === undefined) return first;
  throw new Error(`${reports.length} reports were written, exit code ${exitCode}:\n${stderr}`);
}

/** `rehearse run`, with its reports in a folder of their own. */
export function startRehearsal(
  home: TestHome,
  words: readonly string[],
  options: Omit<CommandOptions, 'home'> = {},
): Rehearsal {
  const out = temporaryDirectoryIn(home.files);
  const running = startCommand(['run', ...words, '--out', out], { ...options, home });
  // Who waits for the end only must not fail for a report.
  const reported = async (): Promise<Rehearsed> => ({
    ...(await running.ended),
    reports: reportsBelow(out),
  });
  return { ...running, reported };
}

export const rehearse = (
  home: TestHome,
  words: readonly string[],
  options?: Omit<CommandOptions, 'home'>,
): Promise<Rehearsed> => startRehearsal(home, words, options).reported();

let folders = 0;

const temporaryDirectoryIn = (directory: string): string => join(directory, `reports-${++folders}`);

function reportsBelow(out: string): readonly Reported[] {
  const folders = existsSync(out) ? readdirSync(out).sort() : [];
  return folders.map((name) => {
    const file = join(out, name, 'report.json');
    const report = readReport(readFileSync(file, 'utf8'), file);
    expectAccounted(report);
    return { report, summary: readFileSync(join(out, name, 'summary.md'), 'utf8') };
  });
}

/** DESIGN.md §6: every planned arrival is accounted for exactly once. */
function expectAccounted({ transactions, generator, scenario }: ReportFile): void {
  for (const {
    name,
    phase,
    planned,
    completed,
    failed,
    failedByClass,
    inFlight,
    neverStarted,
  } of transactions) {
    expect(`${name} ${phase} ${completed + failed + inFlight + neverStarted}`).toBe(
      `${name} ${phase} ${planned}`,
    );
    expect(Object.values(failedByClass).reduce((sum, count) => sum + count, 0)).toBe(failed);
  }
  const planned = transactions.reduce((sum, row) => sum + row.planned, 0);
  expect(`${scenario.name} ${planned}`).toBe(`${scenario.name} ${generator?.dispatched ?? 0}`);
}
