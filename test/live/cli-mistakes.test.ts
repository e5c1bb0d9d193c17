import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import { command, untouchedHome } from './rehearsal.js';

const SCENARIO = `name: wrong
dataset: ./ledger.yaml
sclae: 0.1
traffic: ./traffic.yaml
phases: { baseline: 10 }
actors:
  clerk: { kind: sleeper, query: SELECT 1, duration: soon }
migration:
  - sql: ALTER TABEL accounts ADD x int
  - sql: SELECT 1
    transaction: true
  - file: ./no-such.sql
thresholds:
  response_tme{phase:migration}: p(99) < 1s
  failed: rate < lots
safer: ./no-such.yaml
`;

const TRAFFIC = `connections: 0
rate: 10
mix: { read: 1, wirte: 1 }
transactions:
  read:
    query: SELECT 1 FROM accounts WHERE id = :acount
    params: { account: accounts.id zipf 1 }
`;

/** Mistakes of form, of meaning, of SQL, and between the files. */
const ALL_WRONG = {
  'all.yaml': `dataset: ./all_data.yaml
traffic: ./all-traffic.yaml
scale: half
migration:
  - file: ./all.sql
    retries: often
  - sql: ALTER TABEL accounts ADD x int
  - backfill: { table: accounts, set: x = }
actors:
  clerk: { kind: report, query: SELEC 1, duration: 5s }
thresholds:
  response_tme{phase:migration}: p(99) < 1s
  response_time{transaction:raed}: p(99) < 1s
`,
  'all-traffic.yaml': `connections: 0
rate: 10/s
mix: { read: 1, write: 1 }
transactions:
  read:
    params: { account: accounts.id }
    query: SELECT 1 FROM accounts WHERE id = :account AND :other
    qurey: SELECT 2
  write:
    query: UPDAT accounts SET balance = 1
`,
  'all.sql': `SELECT 1;
ALTER TABEL accounts ADD a int;
SELECT 'x; y';
CREATE FUNCTON f() AS $$
  SELECT 1;
$$;
SELECT 2;
SELEC 3;
`,
  'all_data.yaml': `schema: ./all_data.sql
tables:
  accounts:
    rows: none
    columns:
      ownr: { text: {} }
      balance: { text: {} }
  orders: { rows: 5, columns: { id: { sequence: true } } }
`,
  'all_data.sql': `CREATE TABLE accounts (
  id bigint PRIMARY KEY, owner text NOT NULL, balance numeric NOT NULL
);
CREATE TABLE entries (
  account_id bigint REFERENCES accouts (id));
CREATE TABEL orders (id int PRIMARY KEY);
CREATE TABLE items (order_id int REFERENCES orders (id));
CREATE INDX ON items (order_id);
`,
};

describe.concurrent('the mistakes in a scenario and its traffic', () => {
  it('come all at once, each with file, line, what was expected, what was found and a hint', async () => {
    await using home = untouchedHome();
    ledger(home.files, { migration: { sql: 'SELECT 1' } });
    writeFileSync(join(home.files, 'wrong.yaml'), SCENARIO);
    writeFileSync(join(home.files, 'traffic.yaml'), TRAFFIC);
    const { exitCode, stdout, stderr } = await command(['run', 'wrong.yaml'], { home, cwd: home.files });
    expect([exitCode, stdout]).toEqual([2, '']);
    for (const mistake of [
      'wrong.yaml:3: sclae: unknown key "sclae"\n    hint: did you mean "scale"?',
      'wrong.yaml:5: phases.baseline: expected a duration such as 250ms, 2s or 5m, found 10',
      'wrong.yaml:7: actors.clerk.kind: expected one of report, dump, idle-in-transaction, batch, vacuum, analyze, found "sleeper"',
      'wrong.yaml:7: actors.clerk.duration: expected a duration such as 250ms, 2s or 5m, found "soon"',
      'wrong.yaml:9: migration.0.sql: not SQL: ',
      'wrong.yaml:12: migration.2.file: there is no file "./no-such.sql"\n    hint: ',
      'wrong.yaml:14: thresholds.response_tme{phase:migration}: ',
      'wrong.yaml:15: thresholds.failed: ',
      'wrong.yaml:16: safer: there is no file "./no-such.yaml"\n    hint: ',
      'traffic.yaml:1: connections: ',
      'traffic.yaml:2: rate: expected a rate such as 400/s or 30/m or rates by phase, found 10',
    ])
      expect(stderr).toContain(mistake);
  });

  it('in the dataset come with those in the scenario', async () => {
    await using home = untouchedHome();
    const path = ledger(home.files, {
      migration: { sql: 'SELECT 1' },
      traffic: {
        mix: { read: 1 },
        transactions: { read: { query: 'SELECT :account', params: { account: 'accounts.idd' } } },
      },
      more: { nonsense: true, accept: { 'table-rewrit': 'it is small' } },
    });
    writeFileSync(
      join(home.files, 'ledger.yaml'),
      'schema: ./ledger.sql\ntables:\n  accounts: { rows: 10, columns: { ownr: { text: {} } } }\n  entries: { rows: 10 }\n',
    );
    const { exitCode, stderr } = await command(['validate', path, 'ledger.yaml'], { home, cwd: home.files });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/rehearsal\.yaml:\d+: nonsense: unknown key "nonsense"/);
    expect(stderr).toMatch(/rehearsal\.yaml:\d+: accept\.table-rewrit: .*\n +hint: .*table-rewrite/);
    expect(stderr).toMatch(
      /rehearsal\.yaml:\d+: .*the dataset has no column accounts\.idd\n +hint: .*accounts\.id/,
    );
    expect(stderr).toMatch(/ledger\.yaml:3: tables\.accounts\.columns\.ownr: .*\n +hint: .*owner/);
    expect(stderr).toContain('2 of 2 files are not valid');
  });

  it('of every kind in all files come in one run, each once, and nothing that only follows from them', async () => {
    await using home = untouchedHome();
    ledger(home.files, { migration: { sql: 'SELECT 1' } });
    for (const [name, text] of Object.entries(ALL_WRONG)) writeFileSync(join(home.files, name), text);
    const { exitCode, stderr } = await command(['validate', 'all.yaml'], { home, cwd: home.files });
    expect(exitCode).toBe(2);
    const places = [...stderr.matchAll(/^(all[\w.-]+:\d+):/gm)].map(([, place]) => place);
    expect(places.toSorted()).toEqual([
      'all-traffic.yaml:1',
      'all-traffic.yaml:10',
      'all-traffic.yaml:7',
      'all-traffic.yaml:8',
      'all.sql:2',
      'all.sql:4',
      'all.sql:8',
      'all.yaml:10',
      'all.yaml:12',
      'all.yaml:13',
      'all.yaml:3',
      'all.yaml:6',
      'all.yaml:7',
      'all.yaml:8',
      'all_data.sql:5',
      'all_data.sql:6',
      'all_data.sql:8',
      'all_data.yaml:4',
      'all_data.yaml:6',
      'all_data.yaml:7',
    ]);
  });

  it('in its YAML or in its SQL have their lines', async () => {
    await using home = untouchedHome();
    writeFileSync(join(home.files, 'broken.yaml'), 'name: x\nmigration: [\n');
    const broken = await command(['validate', 'broken.yaml'], { home, cwd: home.files });
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toMatch(/broken\.yaml:\d: not YAML: /);
    const path = ledger(home.files, { migration: './two.sql' });
    writeFileSync(join(home.files, 'two.sql'), 'SELECT 1;\n\nSELEC 2;\n');
    const sql = await command(['plan', path], { home, cwd: home.files });
    expect(sql.exitCode).toBe(2);
    expect(sql.stderr).toMatch(/two\.sql:3: not SQL: /);
  });

  it('such as a missing environment variable or parameter are named', async () => {
    await using home = untouchedHome();
    const path = ledger(home.files, { migration: { sql: 'SELECT ${NOT_SET_ANYWHERE}' } });
    const { exitCode, stderr } = await command(['plan', path], { home });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the environment variable NOT_SET_ANYWHERE is not set');
    const set = await command(['plan', path], { home, environment: { NOT_SET_ANYWHERE: '42' } });
    expect([set.exitCode, set.stderr]).toEqual([0, '']);
    expect(set.stdout).toContain('SELECT 42');
  });
});
