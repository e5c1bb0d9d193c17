import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import { command, newHome, startCommand, type TestHome } from './rehearsal.js';
import { until } from './server.js';

const PASSES = { migration: { sql: 'CREATE INDEX CONCURRENTLY ON entries (amount)', transaction: false } };
const FAILS = { migration: { sql: 'SELECT 1 / 0' } };

/** Folders of their own, so that their files do not mix. */
function scenarioIn(home: TestHome, name: string, scenario: typeof PASSES | typeof FAILS): string {
  const folder = join(home.files, name);
  mkdirSync(folder, { recursive: true });
  ledger(folder, { ...scenario, more: { name } });
  return `./${name}/rehearsal.yaml`;
}

function scheduleIn(home: TestHome, content: object): string {
  const file = join(home.files, 'nightly.yaml');
  writeFileSync(file, JSON.stringify({ out: './reports', ...content }));
  return file;
}

const reportsIn = ({ files }: TestHome): readonly string[] =>
  readdirSync(join(files, 'reports')).filter((name) =>
    existsSync(join(files, 'reports', name, 'report.json')),
  );

async function receiver() {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push(JSON.parse(body));
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    heard,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-token`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe.concurrent('rehearse schedule --once', () => {
  it('runs everything, remembers it, compares it with the last good run, keeps as many reports as it should', async () => {
    await using home = newHome();
    using webhook = await receiver();
    const scenario = scenarioIn(home, 'safe', PASSES);
    const file = scheduleIn(home, {
      keep: { runs: 1 },
      notify: { webhook: '${WEBHOOK}' },
      runs: [{ scenario, name: 'safe' }],
    });
    const environment = { WEBHOOK: webhook.address };
    const words = ['schedule', file, '--once', '--all', '--quiet'];
    const first = await command(words, { home, environment });
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stderr).toContain('schedule  safe: pass');
    // The next night it fails.
    scenarioIn(home, 'safe', FAILS);
    const second = await command(words, { home, environment });
    expect(second.exitCode, second.stderr).toBe(4);
    expect(second.stderr).toContain('schedule  safe: migration-failed (before: pass)');
    expect(webhook.heard).toMatchObject([
      { run: 'safe', kinds: ['change', 'failure'], verdict: 'migration-failed', exitCode: 4 },
    ]);
    expect(first.stderr + second.stderr).not.toContain('secret-token');
    // The newest, and the last good one beyond the number.
    expect(reportsIn(home)).toHaveLength(2);
    expect(readFileSync(join(home.files, 'reports', 'trend.html'), 'utf8')).toContain('safe');
    const [, newest] = reportsIn(home);
    expect(existsSync(join(home.files, 'reports', newest!, 'comparison.html'))).toBe(true);
    // Somebody removes the last good one: the next run is the basis of those after it.
    const [good] = reportsIn(home);
    rmSync(join(home.files, 'reports', good!), { recursive: true });
    const third = await command(words, { home, environment });
    expect([third.exitCode, third.stderr]).toEqual([4, expect.stringContaining('comparisons begin anew')]);
    const fourth = await command(words, { home, environment });
    expect(fourth.stderr).not.toContain('begin anew');
    expect(existsSync(join(home.files, 'reports', reportsIn(home).at(-1)!, 'comparison.html'))).toBe(true);
  });

  it('with nothing due runs nothing', async () => {
    await using home = newHome();
    const scenario = scenarioIn(home, 'safe', PASSES);
    const never = {
      scenario,
      cron: `0 0 ${(new Date().getUTCDate() % 28) + 1} ${((new Date().getUTCMonth() + 6) % 12) + 1} *`,
    };
    const { exitCode, stderr } = await command(['schedule', scheduleIn(home, { runs: [never] }), '--once'], {
      home,
    });
    expect([exitCode, stderr]).toEqual([0, 'schedule  nothing is due\n']);
  });

  it('finds every mistake before it runs anything', async () => {
    await using home = newHome();
    const scenario = scenarioIn(home, 'safe', PASSES);
    const file = scheduleIn(home, {
      timezone: 'Europe/Berlinn',
      notify: { webhook: 'ftp://x', on: ['changes'] },
      runs: [{ scenario, cron: '61 2 * * *' }, { scenario }, { scenario, tmezone: 'UTC' }],
    });
    const { exitCode, stderr } = await command(['schedule', file, '--once', '--all'], { home });
    expect(exitCode).toBe(2);
    for (const complaint of [
      'there is no time zone "Europe/Berlinn"',
      'is no cron expression',
      'a second run is called "rehearsal"',
      'did you mean "timezone"',
      'expected an address that begins with http',
    ])
      expect(stderr).toContain(complaint);
    expect(existsSync(join(home.files, 'reports'))).toBe(false);
  });
});

describe.concurrent('rehearse schedule', () => {
  it('stays until it is told to end; a second one is refused, and takes over from one that was killed', async () => {
    await using home = newHome();
    const scenario = scenarioIn(home, 'safe', PASSES);
    const file = scheduleIn(home, { runs: [{ scenario, cron: '30 2 29 2 *' }] });
    const staying = startCommand(['schedule', file], { home });
    await staying.says(/next at \d{4}-02-29 02:30 UTC/);
    const refused = await command(['schedule', file, '--once', '--all'], { home });
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(refused.stderr).toContain(`the schedule is being run by process ${staying.child.pid}`);
    staying.child.kill('SIGKILL');
    await staying.ended;
    const heir = startCommand(['schedule', file], { home });
    await heir.says(/next at/);
    heir.signal('SIGINT');
    expect((await heir.ended).exitCode).toBe(0);
    expect(existsSync(join(home.files, 'reports', '.nightly.schedule', 'lock'))).toBe(false);
  });

  it('a run that is going on ends as after Ctrl-C, with a partial report', async () => {
    await using home = newHome();
    const scenario = scenarioIn(home, 'safe', PASSES);
    const file = scheduleIn(home, { runs: [{ scenario, set: ['phases.baseline=90s'] }] });
    const running = startCommand(['schedule', file, '--once', '--all'], { home });
    await running.says(/baseline \d.* completed/);
    running.signal('SIGTERM');
    expect((await running.ended).exitCode).toBe(130);
    await until('the report is there', () => reportsIn(home).length === 1);
  });
});
