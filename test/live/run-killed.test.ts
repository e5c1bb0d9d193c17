import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ReportFile } from '#rooms/result/index.js';
import { ledger } from './ledger.js';
import { LONG, MOMENTS, postmasterOf, runIn, type Moment } from './moments.js';
import { COMMAND, command, newHome, only, startCommand, startRehearsal, type TestHome } from './rehearsal.js';
import { processesAt, until } from './server.js';

/* The harness, its server or its surroundings end in each phase of a run. */

const momentsNamed = (names: readonly (keyof typeof MOMENTS)[]): [string, Moment][] =>
  names.map((name) => [name, MOMENTS[name]]);

interface Told {
  readonly kind: string;
  readonly name: string;
  readonly fate: { readonly kind: string };
}

async function cleaned(home: TestHome, ...words: readonly string[]): Promise<readonly Told[]> {
  const { exitCode, stdout, stderr } = await command(
    ['cleanup', '--json', '--out', join(home.files, 'reports'), ...words],
    { home },
  );
  expect([exitCode, stderr]).toEqual([0, '']);
  // The cache is shared with other tests, which may be at work.
  return (JSON.parse(stdout) as Told[]).filter(({ name }) => !name.includes('/datasets/'));
}

const ofOurs = ({ path, files }: TestHome) => [...processesAt(path), ...processesAt(files)];

async function nothingLeft(home: TestHome): Promise<void> {
  await until('every process is gone', () => ofOurs(home).length === 0);
  await until('the directory is gone', () => readdirSync(home.instances).length === 0);
}

describe.concurrent('SIGKILL of the harness', () => {
  it.each(Object.entries<Moment>(MOMENTS))(
    'during %s leaves no server, no session and no directory',
    async (_, moment) => {
      const { run, home } = await runIn(moment);
      await using end = home;
      run.child.kill('SIGKILL');
      expect((await run.reported()).reports).toEqual([]);
      await nothingLeft(end);
      if (moment.cached) return;
      // What was finished is kept for the next load, and is no dataset.
      expect(placesOf(end).every((name) => name.endsWith('.seeding'))).toBe(true);
      const { stdout } = await command(['cleanup'], { home: end });
      expect(stdout).toMatch(/^removed {2}interrupted load {2}/);
      expect(placesOf(end)).toEqual([]);
    },
  );

  it('while it writes the report leaves no half of one, and the next run goes well', async () => {
    await using home = newHome();
    const scenario = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const out = join(home.files, 'reports');
    const environment = { NODE_OPTIONS: `--require ${stopsAt('report.html', home)}` };
    const run = startCommand(['run', scenario, '--out', out], { home, environment });
    await run.says(/writing the report/);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(readdirSync(out)).toEqual([expect.stringMatching(/^\./)]);
    expect(await cleaned(home, '--dry-run')).toMatchObject([{ kind: 'half-written report' }]);
    const again = await command(['run', scenario, '--out', out], { home });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(readdirSync(out)).toEqual([expect.stringMatching(/^\d{4}-/)]);
  });
});

describe('rehearse cleanup', () => {
  it('removes the server of a run that was killed with its keeper, and leaves that of a living one', async () => {
    const [dead, living] = await Promise.all([runIn(MOMENTS.baseline), runIn(MOMENTS.baseline)]);
    await using deadHome = dead.home;
    await using livingHome = living.home;
    const keeper = processesAt(deadHome.instances).find(({ commandLine }) =>
      commandLine.includes('keeper.js'),
    );
    process.kill(keeper!.pid, 'SIGKILL');
    dead.run.child.kill('SIGKILL');
    await dead.run.ended;
    expect(readdirSync(deadHome.instances)).toHaveLength(1);

    expect(await cleaned(deadHome, '--dry-run')).toMatchObject([
      { kind: 'instance', fate: { kind: 'removed' } },
    ]);
    expect(processesAt(deadHome.instances).length).toBeGreaterThan(0);
    expect(await cleaned(deadHome)).toMatchObject([{ kind: 'instance', fate: { kind: 'removed' } }]);
    expect(processesAt(deadHome.instances)).toEqual([]);
    expect(readdirSync(deadHome.instances)).toEqual([]);

    expect(await cleaned(livingHome)).toMatchObject([
      { kind: 'instance', fate: { kind: 'in-use', by: { pid: living.run.child.pid } } },
    ]);
    living.run.signal('SIGINT');
    expect((await living.run.reported()).exitCode).toBe(130);
  });

  it('ends a keeper that hangs', async () => {
    const { run, home } = await runIn(MOMENTS.baseline);
    await using end = home;
    const keeper = processesAt(end.instances).find(({ commandLine }) => commandLine.includes('keeper.js'));
    process.kill(keeper!.pid, 'SIGSTOP');
    run.child.kill('SIGKILL');
    await run.ended;
    expect((await cleaned(end)).map(({ kind }) => kind)).toEqual(['instance', 'keeper']);
    expect(processesAt(end.instances)).toEqual([]);
  });
});

describe.concurrent('SIGKILL of the server', () => {
  it.each(momentsNamed(['seeding', 'baseline', 'rewrite', 'recovery', 'audit']))(
    'during %s: exit code 3, and what was measured by then',
    async (_, moment) => {
      const { run, home } = await runIn(moment);
      await using end = home;
      process.kill(postmasterOf(end), 'SIGKILL');
      const ended = await run.reported();
      const { report, summary } = only(ended);
      expect(ended.exitCode).toBe(3);
      expect(report.outcome).toMatchObject({
        kind: 'failed',
        during: moment.stage,
        failure: { code: 'target.lost', exitCode: 3 },
      });
      expect(report.judgement?.verdict.kind).toBe('target-failed');
      for (const text of [ended.stdout, summary]) expect(text).toContain('the server died');
      await nothingLeft(end);
      expectMeasuredBefore(moment.stage, report);
    },
  );
});

describe.concurrent('a signal to end', () => {
  const CASES: [string, NodeJS.Signals, Moment][] = [
    ['seeding', 'SIGHUP', MOMENTS.seeding],
    ['copying', 'SIGTERM', MOMENTS.copying],
    ['the rewrite', 'SIGHUP', MOMENTS.rewrite],
    ['the audit', 'SIGINT', MOMENTS.audit],
  ];
  it.each(CASES)(
    'during %s (%s): exit code 130, and what was measured by then',
    async (_, signal, moment) => {
      const { run, home } = await runIn(moment);
      await using end = home;
      run.signal(signal);
      const ended = await run.reported();
      const { report } = only(ended);
      expect([ended.exitCode, report.outcome]).toEqual([130, { kind: 'interrupted', during: moment.stage }]);
      expectMeasuredBefore(moment.stage, report);
      await nothingLeft(end);
    },
  );
});

describe.concurrent('nobody listens', () => {
  it('stdout and stderr are closed: the run goes on to its report', async () => {
    await using home = newHome();
    const run = startRehearsal(home, [ledger(home.files, { migration: { sql: 'SELECT 1' } })]);
    await run.says(/starting/);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    const ended = await run.reported();
    expect([ended.exitCode, only(ended).report.outcome.kind]).toEqual([0, 'completed']);
  });

  it.skipIf(!existsSync('/usr/bin/script'))(
    'the terminal is gone: a partial report is written all the same',
    async () => {
      await using home = newHome();
      const scenario = ledger(home.files, {
        migration: { sql: 'SELECT 1' },
        phases: { baseline: LONG },
      });
      const out = join(home.files, 'reports');
      const words = [process.execPath, COMMAND, 'run', scenario, '--out', out];
      // A terminal of its own.
      const terminal = spawn('/usr/bin/script', ['-qec', words.join(' '), '/dev/null'], {
        env: { PATH: process.env['PATH'], PG_REHEARSE_HOME: home.path },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      home.started.add(terminal);
      let seen = '';
      terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
      await until('the baseline has begun', () => /baseline \d.* completed/.test(seen));
      terminal.kill('SIGKILL');
      await once(terminal, 'exit');
      await until(
        'the report is written',
        () => existsSync(out) && readdirSync(out).some((name) => /^\d/.test(name)),
      );
      await nothingLeft(home);
      const rendered = await command(['report', join(out, readdirSync(out)[0]!, 'report.json')]);
      expect(rendered.stdout).toMatch(/^INTERRUPTED/);
    },
  );
});

const placesOf = ({ path }: TestHome): readonly string[] => readdirSync(join(path, 'datasets'));

const MEASURED = ['warmup', 'baseline', 'migration', 'recovery'];

/** Every phase that had begun is in the report, and the first of them with its traffic. */
function expectMeasuredBefore(stage: string, { phases, transactions }: ReportFile): void {
  const begun = stage === 'audit' ? MEASURED : MEASURED.slice(0, MEASURED.indexOf(stage) + 1);
  expect(phases.map(({ name }) => name)).toEqual(begun);
  if (begun.length === 0) return;
  const inWarmup = transactions.filter(({ phase }) => phase === 'warmup');
  expect(inWarmup.reduce((sum, { completed }) => sum + completed, 0)).toBeGreaterThan(0);
}

/** A module that stands still where a file with this name is to be written. */
function stopsAt(name: string, { files }: TestHome): string {
  const path = join(files, 'standstill.cjs');
  writeFileSync(
    path,
    `const fs = require('node:fs');
const write = fs.writeFileSync;
fs.writeFileSync = (file, ...rest) => {
  if (!String(file).endsWith('${name}')) return write(file, ...rest);
  fs.writeSync(2, 'writing the report\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
require('node:module').syncBuiltinESMExports();
`,
  );
  return path;
}
