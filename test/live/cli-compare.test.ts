import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { comparison } from '#rooms/comparison/index.js';

import { ledger } from './ledger.js';
import { command, newHome, ROOT, untouchedHome } from './rehearsal.js';

const NAIVE = join(ROOT, 'reports/examples/orders-add-column-naive');
const SAFE = join(ROOT, 'reports/examples/orders-add-column-safe');

describe.concurrent('compare', () => {
  it('a report with itself finds nothing, from a file, a run or a folder of runs', async () => {
    await using home = untouchedHome();
    mkdirSync(home.files, { recursive: true });
    for (const run of ['one', 'two']) cpSync(NAIVE, join(home.files, 'runs', run), { recursive: true });
    const baseline = ['--baseline', join(home.files, 'runs')];
    const candidate = ['--candidate', NAIVE, join(NAIVE, 'report.json')];
    const out = join(home.files, 'out');
    const ended = await command(['compare', ...baseline, ...candidate, '--out', out, '--fail-on', 'worse']);
    expect(ended.stderr).toBe('');
    expect(ended.exitCode, ended.stdout).toBe(0);
    expect(ended.stdout).toMatch(/^NO DIFFERENCE {2}orders-add-column-naive \(2 runs\) against/);
    expect(readFileSync(join(out, 'comparison.html'), 'utf8')).toContain('NO DIFFERENCE');
    expect(readFileSync(join(out, 'comparison.md'), 'utf8')).toContain('NO DIFFERENCE');
    const written: unknown = JSON.parse(readFileSync(join(out, 'comparison.json'), 'utf8'));
    expect(comparison.parse(written)).toMatchObject({ verdict: 'no-difference' });
  });

  it('other loads are refused, and compared where that is wished: exit codes 96, 0 and 99', async () => {
    await using home = untouchedHome();
    mkdirSync(home.files, { recursive: true });
    const other = join(home.files, 'other-load.json');
    const written = readFileSync(join(SAFE, 'report.json'), 'utf8');
    writeFileSync(other, written.replace(/"load": "\w+"/, '"load": "of another rate"'));
    const refused = await command(['compare', other, NAIVE, '--fail-on', 'worse']);
    expect([refused.exitCode, refused.stderr]).toEqual([96, '']);
    expect(refused.stdout).toContain('--despite load');
    expect((await command(['compare', other, NAIVE])).exitCode).toBe(0);
    const wish = ['--despite', 'load', '--fail-on', 'worse', '--json'];
    const wished = await command(['compare', other, NAIVE, ...wish]);
    expect(wished.exitCode).toBe(99);
    expect(comparison.parse(JSON.parse(wished.stdout)).verdict).toBe('worse');
  });

  it.each([
    ['a truncated report', ['compare', 'CUT', NAIVE], 'is not JSON'],
    ['no report', ['compare', 'no-such', NAIVE], 'cannot read no-such'],
    ['a folder without runs', ['compare', join(ROOT, 'scenarios'), NAIVE], 'found no report.json'],
    ['one report', ['compare', NAIVE], 'expects a baseline and a candidate, found 1'],
    ['another floor', ['compare', NAIVE, NAIVE, '--floor', 'much'], '--floor expects'],
    ['another aspect', ['compare', NAIVE, NAIVE, '--despite', 'hots'], 'did you mean "host"?'],
    ['a run that fails on nothing', ['run', 'x.yaml', '--fail-on', 'worse'], 'x.yaml'],
  ])('%s: exit code 2', async (_, words, complaint) => {
    await using home = untouchedHome();
    mkdirSync(home.files, { recursive: true });
    const cut = join(home.files, 'report.json');
    writeFileSync(cut, readFileSync(join(NAIVE, 'report.json'), 'utf8').slice(0, 10_000));
    const ended = await command(words.map((word) => (word === 'CUT' ? cut : word)));
    expect([ended.exitCode, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(complaint);
  });
});

it('run --baseline rehearses both in turn, and ends with the comparison', async () => {
  await using home = newHome();
  const phases = { warmup: '200ms', baseline: '2s', migration: { min: '2s' }, recovery: '1s' };
  mkdirSync(join(home.files, 'other'), { recursive: true });
  const fast = ledger(home.files, { migration: { sql: 'SELECT 1' }, more: { name: 'fast', phases } });
  const slow = ledger(join(home.files, 'other'), {
    migration: { sql: 'LOCK TABLE entries; SELECT pg_sleep(1.5)' },
    more: { name: 'slow', phases },
  });
  const out = join(home.files, 'out');
  const words = ['--baseline', fast, '--repeat', '2', '--json', '--fail-on', 'worse', '--out', out];
  const { exitCode, stdout, stderr } = await command(['run', slow, ...words], { home });
  expect(stderr).toBe('');
  const { runs, comparisons } = JSON.parse(stdout) as {
    runs: { scenario: string }[];
    comparisons: unknown[];
  };
  expect(runs.map(({ scenario }) => scenario)).toEqual(['fast', 'slow', 'fast', 'slow']);
  const found = comparison.parse(comparisons[0]);
  expect(found).toMatchObject({ verdict: 'worse', notes: ['the migrations differ'] });
  expect(exitCode).toBe(99);
  expect(existsSync(join(out, 'comparison-slow', 'comparison.html'))).toBe(true);
});
