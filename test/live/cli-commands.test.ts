import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import { command, COMMAND, emptyHome, newHome, rehearse, ROOT, untouchedHome } from './rehearsal.js';
import { giveTo, IS_ROOT, NOBODY } from './server.js';

const NAIVE = 'scenarios/orders-add-column-naive.yaml';
const EVERY_CODE =
  /Exit codes:\n +0 {2}.*\n +1 {2}.*\n +2 {2}.*\n +3 {2}.*\n +4 {2}.*\n +96 {2}.*\n +99 {2}.*\n +130 {2}.*\n/;

describe.concurrent('--help', () => {
  it.each(['run', 'plan', 'validate'])('of %s has examples and the exit codes', async (name) => {
    const { exitCode, stdout, stderr } = await command([name, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Examples:\n  rehearse ${name} `);
    expect(stdout).toMatch(EVERY_CODE);
  });

  it('of the command names its commands', async () => {
    const { exitCode, stdout } = await command(['--help']);
    expect(exitCode).toBe(0);
    for (const name of ['run', 'plan', 'validate']) expect(stdout).toContain(`rehearse ${name} <`);
    expect(stdout).toMatch(EVERY_CODE);
  });
});

describe.concurrent('wrong usage: exit code 2, one message, nothing on stdout', () => {
  const SCENARIO = 'the scenario';

  it.each([
    [
      'no command',
      [],
      'expected a command: run, report, compare, trend, schedule, plan, validate, mark, dataset, cache or cleanup',
    ],
    ['an unknown command', ['rehears'], 'rehears'],
    ['no scenario', ['run'], 'Not enough'],
    ['an unknown option', ['plan', SCENARIO, '--scael', '1'], 'scael'],
    ['an option without its value', ['plan', SCENARIO, '--scale'], 'scale'],
    [
      'an option twice',
      ['plan', SCENARIO, '--scale', '1', '--scale', '2'],
      '--scale is given more than once',
    ],
    [
      'a number that is none',
      ['plan', SCENARIO, '--scale', 'big'],
      '--scale big: scale: expected a number, found "big"',
    ],
    ['a seed that is none', ['plan', SCENARIO, '--seed', '-1'], '--seed -1'],
    [
      'a setting without a value',
      ['plan', SCENARIO, '--set', 'scale'],
      '--set expects path=value, found "scale"',
    ],
    ['a setting that there is not', ['plan', SCENARIO, '--set', 'traffic.rat=1/s'], 'did you mean "rate"?'],
    ['a setting of the wrong kind', ['plan', SCENARIO, '--set', 'phases.baseline=soon'], 'found "soon"'],
    [
      'a target that is not known',
      ['run', NAIVE, '--target', 'moon'],
      '--target knows embedded, container:IMAGE and postgres://…, found "moon"',
    ],
    ['a file that is not there', ['plan', 'no-such.yaml'], 'cannot read no-such.yaml'],
    [
      'a file misspelt',
      ['plan', 'scenarios/orders-reindex-nave.yaml'],
      'did you mean "orders-reindex-naive.yaml"?',
    ],
    ['a folder', ['validate', 'scenarios'], 'cannot read scenarios'],
  ])('%s', async (_, words, complaint) => {
    await using home = untouchedHome();
    const scenario = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const { exitCode, stdout, stderr } = await command(
      words.map((word) => (word === SCENARIO ? scenario : word)),
    );
    expect(stderr).toContain(complaint);
    expect(stderr).not.toMatch(/\n +at /);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

describe.concurrent('plan', () => {
  it('touches nothing and prints rows, arrivals, phases and statements', async () => {
    await using home = untouchedHome();
    const { exitCode, stdout, stderr } = await command(['plan', NAIVE, '--scale', '0.002', '--seed', '7'], {
      home,
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(existsSync(home.path)).toBe(false);
    expect(stdout).toContain('at scale 0.002, seed 7: ');
    expect(stdout).toMatch(/orders +20,000 rows/);
    expect(stdout).toMatch(/order_page +40 % +160\/s/);
    expect(stdout).toMatch(/baseline +10 s, (?:3,[89]|4,[01])\d\d arrivals/);
    expect(stdout).toContain('ALTER TABLE orders ADD COLUMN tracking_id uuid DEFAULT gen_random_uuid()');
  });

  it('shows what --set changes, in the scenario, its traffic and its thresholds', async () => {
    const sets = ['traffic.rate=50/s', 'phases.baseline=2s', 'thresholds.failed{phase:migration}=rate < 5%'];
    const { stdout } = await command(['plan', NAIVE, ...sets.flatMap((set) => ['--set', set])]);
    expect(stdout).toContain('50/s poisson arrivals');
    expect(stdout).toMatch(/baseline +2 s, (?:[6-9]\d|1[0-3]\d) arrivals/);
    expect(stdout).toContain('failed{phase:migration} rate < 5%\n');
  });
});

describe.concurrent('validate', () => {
  it('says of every shipped file what it is', async () => {
    await using home = untouchedHome();
    const files = ['scenarios', 'scenarios/traffic', 'datasets'].flatMap((folder) =>
      readdirSync(join(ROOT, folder))
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => `${folder}/${name}`),
    );
    const { exitCode, stdout, stderr } = await command(['validate', ...files], { home });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toEqual(
      files.map((file) => {
        if (file.startsWith('datasets/')) return `${file}: a valid dataset`;
        return `${file}: a valid ${file.startsWith('scenarios/traffic/') ? 'traffic file' : 'scenario'}`;
      }),
    );
    expect(existsSync(home.path)).toBe(false);
  });
});

describe.concurrent('run', () => {
  const PASSES = { migration: { sql: 'CREATE INDEX CONCURRENTLY ON entries (amount)' } };

  it('prints the verdict on stdout and progress on stderr, in whole lines', async () => {
    await using home = newHome();
    const { exitCode, stdout, stderr } = await rehearse(home, [ledger(home.files, PASSES)]);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(
      /^PASS {2}rehearsal\n.*report\.json\n.*report\.html\n.*summary\.md\n.*junit\.xml\n$/s,
    );
    expect(stderr).not.toContain('\u001b');
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('rehearsal  ')),
    ).toBe(true);
    for (const stage of ['starting', 'warmup', 'baseline', 'migration', 'recovery'])
      expect(stderr).toContain(`  ${stage}: `);
  });

  it('with --json prints JSON only, one entry for each scenario, and the gravest exit code counts', async () => {
    await using home = newHome();
    const fails = { migration: { sql: 'SELECT 1 / 0' }, more: { name: 'fails' } };
    mkdirSync(join(home.files, 'other'));
    const scenarios = [ledger(home.files, PASSES), ledger(join(home.files, 'other'), fails)];
    const { exitCode, stdout, stderr, reports } = await rehearse(home, [...scenarios, '--json']);
    expect([exitCode, stderr]).toEqual([4, '']);
    const published: unknown = JSON.parse(stdout);
    expect(published).toMatchObject([
      { scenario: 'rehearsal', verdict: 'pass', exitCode: 0, reasons: [] },
      { scenario: 'fails', verdict: 'migration-failed', exitCode: 4 },
    ]);
    expect(reports).toHaveLength(2);
    for (const { report, summary } of published as { report: string; summary: string }[])
      expect([existsSync(report), existsSync(summary)]).toEqual([true, true]);
  });

  it('reads every file before it starts anything', async () => {
    await using home = untouchedHome();
    const { exitCode, stderr } = await rehearse(home, [ledger(home.files, PASSES), 'no-such.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('cannot read no-such.yaml');
    expect(existsSync(home.path)).toBe(false);
  });

  it.skipIf(!IS_ROOT)(
    'works as a normal user, from another folder, and with --quiet says the verdict only (skipped unless root)',
    async () => {
      await using home = emptyHome();
      const scenario = ledger(home.files, PASSES);
      for (const path of [home.files, home.path]) giveTo(NOBODY, path);
      const out = join(home.files, 'out');
      const { exitCode, stdout, stderr } = await command(['run', scenario, '--quiet', '--out', out], {
        home,
        user: NOBODY,
        cwd: '/',
      });
      expect(exitCode, stdout).toBe(0);
      expect(stderr).toBe('');
      expect(readdirSync(out)).toHaveLength(1);
      expect(stdout).toContain(out);
    },
  );

  it('starts as a program, without naming node', () => {
    expect(execFileSync(COMMAND, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
