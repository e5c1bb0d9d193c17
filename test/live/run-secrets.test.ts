import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import { command, newHome, only, startRehearsal, untouchedHome } from './rehearsal.js';
import { allProcesses } from './server.js';

describe('the password of the server', () => {
  it('is in no report, no line of output, no log and no process list', async () => {
    await using home = newHome();
    const password = join(home.files, 'password');
    const scenario = ledger(home.files, {
      migration: [
        { command: `printf %s "$PGPASSWORD" > ${password}; echo "$PGPASSWORD"; echo "$DATABASE_URL" >&2` },
        { command: `cp "$PG_REHEARSE_HOME"/instances/*/server.log ${home.files}/server.log` },
        { command: 'echo "again $PGPASSWORD"; exit 1' },
      ],
    });
    const commandLines = new Set<string>();
    const watch = setInterval(() => allProcesses().forEach((seen) => commandLines.add(seen.commandLine)), 10);
    const run = startRehearsal(home, [scenario]);
    const ended = await run.reported();
    clearInterval(watch);
    const secret = readFileSync(password, 'utf8');
    expect(secret.length).toBeGreaterThan(15);
    const { report, summary } = only(ended);
    expect(report.migration?.steps[0]?.output).toContain('***');
    expect(report.migration?.steps[2]?.error?.message).toContain('again ***');
    expect([...commandLines].some((line) => line.includes(home.instances))).toBe(true);
    const told = {
      report: JSON.stringify(report),
      summary,
      stdout: ended.stdout,
      stderr: ended.stderr,
      log: readFileSync(join(home.files, 'server.log'), 'utf8'),
      processes: [...commandLines].join('\n'),
    };
    for (const [where, text] of Object.entries(told)) expect(text.includes(secret), where).toBe(false);
  });
});

describe('a connection string with a password', () => {
  const SECRET = 'hunter2-with@sign';

  it.each([
    ['as a target', (url: string, scenario: string) => ['run', scenario, '--target', url]],
    ['where a scenario should stand', (url: string) => ['run', url]],
    ['where a setting should stand', (url: string, scenario: string) => ['plan', scenario, '--set', url]],
    ['where a number should stand', (url: string, scenario: string) => ['plan', scenario, '--scale', url]],
    ['as an unknown option', (url: string, scenario: string) => ['plan', scenario, `--database=${url}`]],
    ['as an unknown command', (url: string) => [url]],
  ])('%s is refused with exit code 2 and not repeated', async (_, words) => {
    await using home = untouchedHome();
    const scenario = ledger(home.files, { migration: { sql: 'SELECT 1' } });
    const url = `postgres://boss:${SECRET}@db.example.com/shop`;
    const { exitCode, stdout, stderr } = await command(words(url, scenario));
    expect(exitCode).toBe(2);
    expect(stderr).not.toBe('');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('in a scenario is not repeated by plan, nor by a mistake beside it', async () => {
    await using home = newHome();
    const url = `postgres://boss:${SECRET}@db.example.com/shop`;
    const good = ledger(home.files, { migration: { command: `flyway migrate ${url}` } });
    const planned = await command(['plan', good], { home });
    expect(planned.stdout).toContain('flyway migrate postgres://boss:***@db.example.com/shop');
    expect(planned.stdout).not.toContain('hunter2');
    const bad = join(home.files, 'bad.yaml');
    writeFileSync(
      bad,
      readFileSync(good, 'utf8').replace('"command":', `"lock_timeout": "${url}", "command":`),
    );
    const refused = await command(['plan', bad], { home });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('lock_timeout');
    expect(refused.stderr).not.toContain('hunter2');
    expect(readdirSync(home.path)).toEqual(['builds', 'datasets']);
  });
});
