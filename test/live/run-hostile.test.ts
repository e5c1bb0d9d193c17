import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger, SHORT_PHASES, WIDE_VALIDITY } from './ledger.js';
import { command, emptyHome, newHome, only, rehearse } from './rehearsal.js';

/* Names that would be SQL where somebody forgot to quote them, and rows that are nobody's business. */

const NAME = `x"; DROP TABLE canary; --'`;
const Q = `"${NAME.replaceAll('"', '""')}"`;
const SCHEMA = `
CREATE TABLE canary (id int PRIMARY KEY);
CREATE TABLE ${Q} (${Q} bigint CONSTRAINT "k""; DROP TABLE canary; --" PRIMARY KEY, "b""; DROP TABLE canary; --" text NOT NULL, up bigint);
CREATE INDEX "i""; DROP TABLE canary; --" ON ${Q} (lower("b""; DROP TABLE canary; --"));
ALTER TABLE ${Q} ADD CONSTRAINT "f""; DROP TABLE canary; --" FOREIGN KEY (up) REFERENCES ${Q};
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "t""; DROP TABLE canary; --" BEFORE INSERT ON ${Q} FOR EACH ROW EXECUTE FUNCTION touch();
`;

describe.concurrent('hostile names', () => {
  it('are loaded, verified, observed and migrated as names', async () => {
    await using home = emptyHome();
    writeFileSync(join(home.files, 'names.sql'), SCHEMA);
    const tables = { canary: { rows: 5 }, [NAME]: { rows: 500 } };
    writeFileSync(join(home.files, 'names.yaml'), JSON.stringify({ schema: './names.sql', tables }));
    const scenario = join(home.files, 'scenario.yaml');
    const traffic = {
      connections: 2,
      rate: '40/s',
      mix: { read: 1 },
      transactions: { read: { query: `SELECT count(*) FROM ${Q}` } },
    };
    const migration = [
      { sql: `ALTER TABLE ${Q} ADD COLUMN "c""; DROP TABLE canary; --" uuid DEFAULT gen_random_uuid()` },
      { sql: `VACUUM ${Q}` },
      { sql: 'SELECT 1 / count(*) FROM canary' },
    ];
    const common = { phases: SHORT_PHASES, validity: WIDE_VALIDITY, rerun: true };
    writeFileSync(scenario, JSON.stringify({ dataset: './names.yaml', traffic, migration, ...common }));
    const ended = await rehearse(home, [scenario]);
    const { report } = only(ended);
    expect(report.outcome, ended.stderr).toEqual({ kind: 'completed' });
    expect(report.migration?.outcome, ended.stdout).toBe('applied');
    expect(report.warnings).toEqual([]);
    const verified = await command(['dataset', 'verify', join(home.files, 'names.yaml')], { home });
    expect(verified.exitCode, verified.stderr).toBe(0);
  });
});

describe.concurrent('values of rows', () => {
  // md5('a'): what stands in no statement.
  const SECRET = '0cc175b9c0f1b6a831c399e269772661';
  const scenario = (files: string): string =>
    ledger(files, {
      traffic: {
        mix: { wrong: 1 },
        transactions: { wrong: { query: "SELECT md5('a')::int FROM accounts WHERE id = 1" } },
      },
      migration: { sql: "UPDATE accounts SET owner = md5('a'); CREATE UNIQUE INDEX ON accounts (owner)" },
    });

  it.each([
    ['are not in a report', [], false],
    ['are in a report with --show-values', ['--show-values'], true],
  ])('%s', async (_, words, shown) => {
    await using home = newHome();
    const out = join(home.files, 'all');
    const { stdout, stderr, exitCode } = await command(
      ['run', scenario(home.files), '--out', out, ...words],
      { home },
    );
    expect(exitCode, stderr).toBe(4);
    const [folder = ''] = readdirSync(out);
    const holds = (name: string): boolean => readFileSync(join(out, folder, name), 'utf8').includes(SECRET);
    for (const name of ['report.json', 'report.html', 'summary.md', 'junit.xml'])
      expect(holds(name), name).toBe(shown);
    expect(stdout.includes(SECRET)).toBe(shown);
    expect(stderr).not.toContain(SECRET);
  });
});
