import { describe, expect, it } from 'vitest';

import type { MigrationStep } from '#rooms/scenario/index.js';

import { issues, scenario, SCENARIO, type Files } from './sources.ts';

const text = (migration: string): string => SCENARIO.replace(/^migration:.*$/m, `migration: ${migration}`);
const steps = (migration: string, files: Files = {}): readonly MigrationStep[] =>
  scenario(text(migration), files).migration;
const found = (migration: string, files: Files = {}) => issues(text(migration), files);

/** What is committed together, statement by statement. */
function units(script: string, more = ''): readonly (readonly string[])[] {
  const [step] = steps(`{ file: m.sql${more} }`, { 'm.sql': script });
  return step?.kind === 'sql' ? step.units.map(({ statements }) => statements.map((one) => one.text)) : [];
}

const SCRIPT = (lines: string): Files => ({ 'm.sql': lines });

describe('a migration', () => {
  it('may be the name of a SQL file', () => {
    expect(steps('m.sql', SCRIPT('SELECT 1;\nSELECT 2;'))).toMatchObject([
      {
        kind: 'sql',
        name: 'step 1',
        units: [
          {
            statements: [
              { text: 'SELECT 1', line: 1 },
              { text: 'SELECT 2', line: 2 },
            ],
          },
        ],
      },
    ]);
  });

  it('may be several steps of every kind, each with its policy', () => {
    const migration = `
  - name: add
    sql: ALTER TABLE orders ADD COLUMN a int
    lock_timeout: 50ms
    statement_timeout: 5s
    retries: 3
  - backfill: { table: orders, set: a = 1, where: a IS NULL, batch: 2_000, pause: 20ms }
    retries: { times: 10, backoff: 250ms, max_backoff: 2s }
  - command: npm run migrate
  - backfill: { table: sales.orders, key: order_id, set: a = 1 }`;
    expect(steps(migration)).toMatchObject([
      {
        kind: 'sql',
        name: 'add',
        lockTimeout: 50,
        statementTimeout: 5_000,
        retries: 3,
        backoff: 1_000,
        maxBackoff: 10_000,
      },
      {
        kind: 'backfill',
        name: 'step 2',
        table: 'orders',
        key: undefined,
        set: 'a = 1',
        where: 'a IS NULL',
        batch: 2_000,
        pause: 20,
        retries: 10,
        backoff: 250,
        maxBackoff: 2_000,
      },
      {
        kind: 'command',
        name: 'step 3',
        command: 'npm run migrate',
        connects: true,
        lockTimeout: undefined,
        retries: 0,
      },
      { kind: 'backfill', key: ['order_id'], where: undefined, batch: 1_000, pause: 0 },
    ]);
  });

  it('waits longer than ten seconds between tries only if told so', () => {
    expect(steps('{ sql: SELECT 1, retries: { times: 1, backoff: 30s } }')).toMatchObject([
      { backoff: 30_000, maxBackoff: 30_000 },
    ]);
  });

  it.each([
    [
      '{}',
      'a.yaml:3: migration: a migration step is one of sql, file, backfill or command; found none of them',
    ],
    [
      '{ sql: SELECT 1, command: ls }',
      'a.yaml:3: migration: a migration step is one of sql, file, backfill or command; found sql and command',
    ],
    [
      'nope.sql',
      'a.yaml:3: migration: there is no file "nope.sql"\n    hint: a migration is a SQL file, a step or a list of steps; paths are relative to the file that names them',
    ],
    [
      '[{ name: x, file: nope.sql }]',
      'a.yaml:3: migration.0.file: there is no file "nope.sql"\n    hint: a migration is a SQL file, a step or a list of steps; paths are relative to the file that names them',
    ],
    [
      '{ command: ls, transaction: true }',
      'a.yaml:3: migration.transaction: only a step of SQL can say whether it is one transaction',
    ],
    [
      '{ sql: SELECT 1, connects: false }',
      'a.yaml:3: migration.connects: only a command can say whether it connects to the database',
    ],
    ['{ sql: SELEC 1 }', 'a.yaml:3: migration.sql: not SQL: syntax error at or near "SELEC"'],
    ['{ sql: -- nothing\n  }', 'a.yaml:3: migration.sql: there is no statement in it'],
    [
      '{ backfill: { table: t, set: a = } }',
      'a.yaml:3: migration.backfill.set: set and where do not make an UPDATE: syntax error at or near "WHERE"\n    hint: tried: UPDATE t SET a = WHERE (true )',
    ],
    [
      '{ backfill: { tabel: t, table: t, set: a = 1 } }',
      'a.yaml:3: migration.backfill.tabel: unknown key "tabel"\n    hint: did you mean "table"? known here: table, key, set, where, batch, pause',
    ],
    [
      '{ backfill: { table: t, set: a = 1, batch: 0 } }',
      'a.yaml:3: migration.backfill.batch: expected a number of at least 1, found 0',
    ],
    [
      '{ sql: SELECT 1, lock_timout: 5s }',
      'a.yaml:3: migration.lock_timout: unknown key "lock_timout"\n    hint: did you mean "lock_timeout"? known here: name, lock_timeout, statement_timeout, retries, sql, file, transaction, backfill, command, connects',
    ],
    [
      '{ sql: SELECT 1, retries: { tmes: 3, times: 3 } }',
      'a.yaml:3: migration.retries.tmes: unknown key "tmes"\n    hint: did you mean "times"? known here: times, backoff, max_backoff',
    ],
    [
      '{ sql: SELECT 1, retries: -1 }',
      'a.yaml:3: migration.retries: expected a number of at least 0, found -1',
    ],
    ['[]', 'a.yaml:3: migration: expected a list of at least 1, found []'],
    [
      '5',
      'a.yaml:3: migration: expected string or object or array, found 5\n    hint: a SQL file, a step, or a list of steps',
    ],
  ])('can not be %s', (migration, reported) => {
    expect(found(migration)).toEqual([reported]);
  });

  it('a mistake in its script is reported in the file and line of the script', () => {
    expect(found('m.sql', SCRIPT("SELECT 'ä';\n\nALTER TABEL t;"))).toEqual([
      'm.sql:3: not SQL: syntax error at or near "TABEL"',
    ]);
    expect(found('m.sql', SCRIPT(''))).toEqual(['m.sql:1: there is no statement in it']);
  });
});

describe('what is committed together', () => {
  it('is the whole script, where it says nothing', () => {
    expect(units('SELECT 1; DO $$ BEGIN PERFORM 1; END $$; SELECT 2')).toEqual([
      ['SELECT 1', 'DO $$ BEGIN PERFORM 1; END $$', 'SELECT 2'],
    ]);
  });

  it('is each statement alone, where one of them can not be inside a transaction', () => {
    expect(units('SELECT 1; CREATE INDEX CONCURRENTLY i ON t (a); SELECT 2')).toEqual([
      ['SELECT 1'],
      ['CREATE INDEX CONCURRENTLY i ON t (a)'],
      ['SELECT 2'],
    ]);
  });

  it('is each statement alone, where a procedure may commit', () => {
    expect(units('SELECT 1; CALL backfill()')).toEqual([['SELECT 1'], ['CALL backfill()']]);
  });

  it('is each statement alone, where the step says transaction: false', () => {
    expect(units('SELECT 1; SELECT 2', ', transaction: false')).toEqual([['SELECT 1'], ['SELECT 2']]);
  });

  it('is everything, where the step says transaction: true', () => {
    expect(units('SELECT 1; CALL p()', ', transaction: true')).toEqual([['SELECT 1', 'CALL p()']]);
  });

  it('follows the BEGIN and COMMIT of the script', () => {
    const script =
      'SELECT 1;\nBEGIN;\nSELECT 2;\nCALL p();\nCOMMIT;\nVACUUM t;\nSTART TRANSACTION;\nSELECT 3;\nEND;\nBEGIN;\nCOMMIT;';
    expect(units(script)).toEqual([['SELECT 1'], ['SELECT 2', 'CALL p()'], ['VACUUM t'], ['SELECT 3']]);
  });

  it('a statement runs inside a transaction block wherever it may', () => {
    const [step] = steps('m.sql', SCRIPT('BEGIN; CALL p(); COMMIT; CALL p(); VACUUM t; SELECT 1'));
    const inside =
      step?.kind === 'sql'
        ? step.units.flatMap((unit) => unit.statements.map((one) => one.transactional))
        : [];
    expect(inside).toEqual([true, false, false, true]);
  });

  it.each([
    ['SELECT 1;\nCOMMIT;', 'm.sql:2: COMMIT without BEGIN'],
    ['BEGIN;\nBEGIN;\nSELECT 1;\nCOMMIT;', 'm.sql:2: BEGIN inside a transaction'],
    ['BEGIN;\nSELECT 1;\nROLLBACK;\nCOMMIT;', 'm.sql:3: ROLLBACK does not fit into a migration'],
    ['BEGIN;\nSELECT 1;', 'm.sql:2: BEGIN without COMMIT'],
    [
      'BEGIN;\nCREATE INDEX CONCURRENTLY i ON t (a);\nCOMMIT;',
      'm.sql:2: can not run inside a transaction: CREATE INDEX CONCURRENTLY i ON t (a)',
    ],
  ])('can not be said as %j', (script, reported) => {
    expect(found('m.sql', SCRIPT(script))).toEqual([
      `${reported}\n    hint: a migration is made of BEGIN … COMMIT blocks and statements between them`,
    ]);
  });

  it('is not said twice', () => {
    expect(found('{ file: m.sql, transaction: true }', SCRIPT('BEGIN;\nSELECT 1;\nCOMMIT'))).toEqual([
      'm.sql:1: BEGIN inside a step that says transaction: true\n    hint: leave `transaction` out: the script’s own BEGIN and COMMIT are followed',
    ]);
  });

  it('can not be everything, where PostgreSQL refuses that', () => {
    expect(found('{ file: m.sql, transaction: true }', SCRIPT('SELECT 1;\nVACUUM t'))).toEqual([
      'm.sql:2: can not run inside a transaction: VACUUM t\n    hint: put it in a step of its own, with transaction: false',
    ]);
  });
});
