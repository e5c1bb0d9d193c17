import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import {
  command,
  emptyHome,
  only,
  rehearse,
  startCommand,
  untouchedHome,
  type TestHome,
} from './rehearsal.js';
import { processesAt, until } from './server.js';
import { NO_SMALL_DISK, smallDisk } from './small-disk.js';

const SHOP = 'datasets/shop.yaml';

function dataset(home: TestHome, entries = 2_000): string {
  ledger(home.files, { migration: { sql: 'SELECT 1' }, entries });
  return join(home.files, 'ledger.yaml');
}

describe.concurrent('--help', () => {
  it.each([
    'dataset plan',
    'dataset sample',
    'dataset load',
    'dataset verify',
    'dataset',
    'cache',
    'cache list',
    'cache prune',
  ])('of %s has examples and the exit codes', async (name) => {
    const { exitCode, stdout } = await command([...name.split(' '), '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Examples:\n  rehearse ${name} `);
    expect(stdout).toMatch(/Exit codes:\n +0 .*\n/);
  });
});

describe.concurrent('dataset plan', () => {
  it('says rows, bytes, memory and time, and touches nothing', async () => {
    await using home = untouchedHome();
    const { exitCode, stdout, stderr } = await command(['dataset', 'plan', SHOP, '--scale', '0.01'], {
      home,
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('at scale 0.01, seed 42: 704,200 rows in 8 tables');
    expect(stdout).toMatch(/orders +100,000 +\d+ MB/);
    for (const line of ['disk', 'memory', 'time']) expect(stdout).toMatch(new RegExp(`^ {2}${line} `, 'm'));
    expect(existsSync(home.path)).toBe(false);
  });

  it('takes --set and --seed, and gives JSON', async () => {
    await using home = untouchedHome();
    const words = [
      'dataset',
      'plan',
      dataset(home),
      '--set',
      'tables.entries.rows=1000',
      '--seed',
      '7',
      '--json',
    ];
    const { stdout } = await command(words);
    const plan = JSON.parse(stdout) as { seed: number; tables: { table: string; rows: number }[] };
    expect(plan.seed).toBe(7);
    expect(plan.tables).toContainEqual(expect.objectContaining({ table: 'entries', rows: 1_000 }));
  });

  it('refuses what the disk has no room for, with the arithmetic', async () => {
    await using home = untouchedHome();
    const words = ['dataset', 'plan', dataset(home), '--scale', '50000000'];
    const { exitCode, stdout, stderr } = await command(words);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('while it is loaded');
    expect(stderr).toMatch(/the disk is too small: needed \d+ TB to load the dataset, free \d/);
  });

  it.each([
    ['a scale that is none', ['--scale', 'big'], '--scale expects a number above 0, found "big"'],
    ['a setting that there is not', ['--set', 'tables.entires.rows=1'], 'entires'],
    ['an unknown option', ['--conections', '2'], 'conections'],
  ])('%s: exit code 2', async (_, words, complaint) => {
    await using home = untouchedHome();
    const { exitCode, stdout, stderr } = await command(['dataset', 'plan', dataset(home), ...words]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(complaint);
  });

  it('of a scenario says where its dataset is', async () => {
    const { exitCode, stderr } = await command(['dataset', 'plan', 'scenarios/orders-add-column-naive.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('its dataset is datasets/shop.yaml');
  });
});

describe.concurrent('dataset sample', () => {
  it('prints rows of the tables that are named', async () => {
    const { exitCode, stdout } = await command(['dataset', 'sample', SHOP, 'orders', '-n', '3']);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toHaveLength(6);
    expect(stdout).toMatch(/^orders {3}3 of 10,000,000 rows\n +id +customer_id +status/);
  });

  it('gives whole values as JSON', async () => {
    const { stdout } = await command(['dataset', 'sample', SHOP, 'orders', 'customers', '--json']);
    const rows = JSON.parse(stdout) as { orders: { id: string; shipping: string | null }[] };
    expect(Object.keys(rows)).toEqual(['orders', 'customers']);
    expect(rows.orders.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('knows what was meant by another name', async () => {
    await using home = untouchedHome();
    const { exitCode, stderr } = await command(['dataset', 'sample', dataset(home), 'entires']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean "entries"?');
  });
});

/* One after the other, in one home: each goes on with what the one before left in the cache. */
describe('dataset load, verify and the cache', () => {
  let home: TestHome;
  let file: string;
  const entries = (): readonly string[] => readdirSync(join(home.path, 'datasets'));

  beforeAll(() => {
    home = emptyHome();
    file = dataset(home);
  });

  afterAll(() => home[Symbol.asyncDispose]());

  it('loads once, says so the next time, checks and lists', async () => {
    const first = await command(['dataset', 'load', file, '--quiet'], { home });
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/entries +2,000 /);
    expect(first.stdout).toMatch(/loaded 2,200 rows in .*\nkept in the cache: \d+ MB in /);
    const second = await command(['dataset', 'load', file], { home });
    expect(second.stdout).toContain('is in the cache since');

    const check = await command(['dataset', 'verify', file, '--exact', '--json'], { home });
    expect([check.exitCode, check.stderr]).toEqual([0, '']);
    expect(JSON.parse(check.stdout)).toMatchObject({ good: true, complaints: [], card: { exact: true } });

    const list = await command(['cache', 'list'], { home });
    expect(list.stdout).toMatch(/ledger +1 +42 +2,200 +\d+ MB/);
    const listed = JSON.parse((await command(['cache', 'list', '--json'], { home })).stdout) as unknown[];
    expect(listed).toMatchObject([{ kind: 'dataset', dataset: 'ledger', rows: 2_200, inUse: false }]);
    expect(listed[0]).toHaveProperty('card.tables');
  });

  it('a run uses what was loaded', async () => {
    const scenario = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const { report } = only(await rehearse(home, [scenario]));
    expect(report.dataset.fromCache).toBe(true);
  });

  it('a damaged entry is not used and is replaced', async () => {
    truncateSync(join(home.path, 'datasets', entries()[0]!, 'entry.json'), 5);
    expect((await command(['cache', 'list'], { home })).stdout).toContain('(can not be used)');
    const again = await command(['dataset', 'load', file], { home });
    expect(again.stdout).toContain('loaded 2,200 rows');
    expect(entries()).toHaveLength(1);
  });

  it('keeps within the limit of the cache, and says what went', async () => {
    const environment = { PG_REHEARSE_CACHE_SIZE: '50MB' };
    file = dataset(home, 3_000);
    const { exitCode, stderr } = await command(['dataset', 'load', file], { home, environment });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/removed from the cache to keep it within 50 MB: ledger at scale 1 \(\d+ MB\)/);
    expect(entries()).toHaveLength(1);
    const wrong = await command(['cache', 'prune'], { home, environment: { PG_REHEARSE_CACHE_SIZE: 'big' } });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('PG_REHEARSE_CACHE_SIZE');
  });

  it('removes what it is asked to remove, and knows that it is gone', async () => {
    const dry = await command(['cache', 'prune', '--all', '--dry-run'], { home });
    expect(dry.stdout).toMatch(/^would remove ledger at scale 1 \(\d+ MB\)/);
    const young = await command(['cache', 'prune', '--older-than', '1d'], { home });
    expect(young.stdout).toMatch(/^1 left, /);
    const all = await command(['cache', 'prune', '--max-size', '1MB'], { home });
    expect(all.stdout).toMatch(/^removed ledger at scale 1 /);
    expect(entries()).toEqual([]);
    const gone = await command(['dataset', 'verify', file], { home });
    expect(gone.exitCode).toBe(3);
    expect(gone.stderr).toContain('is not in the cache');
  });
});

describe.concurrent('a dataset load that is interrupted', () => {
  it('by Ctrl-C: exit code 130, and nothing that looks whole', async () => {
    await using home = emptyHome();
    const running = startCommand(['dataset', 'load', dataset(home, 20_000_000)], { home });
    await running.says(/seeding \d+ %/);
    running.signal('SIGINT');
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('what is finished is kept for the next load');
    const list = JSON.parse((await command(['cache', 'list', '--json'], { home })).stdout) as unknown[];
    expect(list).toMatchObject([{ kind: 'unfinished', inUse: false }]);
  });
});

describe.skipIf(NO_SMALL_DISK !== undefined)(`a small disk${NO_SMALL_DISK ?? ''}`, () => {
  it('is found too small before anything is loaded, and nothing stays on it', async () => {
    await using disk = smallDisk('120m');
    await using home = emptyHome(disk.path);
    const { exitCode, stderr } = await command(['dataset', 'load', dataset(home, 5_000_000)], { home });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/the disk is too small: needed \d+ MB to load the dataset, free \d+ MB/);
    expect(readdirSync(join(home.path, 'datasets'))).toEqual([]);
  });

  it('that fills up while it is loaded: exit code 3, and nothing stays on it', async () => {
    await using disk = smallDisk('400m');
    await using home = emptyHome(disk.path);
    const running = startCommand(['dataset', 'load', dataset(home, 1_500_000)], { home });
    const isLoading = ({ commandLine }: { commandLine: string }): boolean => commandLine.includes('COPY');
    await until('rows are loaded', () => processesAt(disk.path).some(isLoading));
    execFileSync('sh', ['-c', `cat /dev/zero > ${disk.path}/filler 2>/dev/null || true`]);
    const { exitCode, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toMatch(/No space left on device|disk is full/);
    expect(readdirSync(join(home.path, 'datasets'))).toEqual([]);
  });
});
