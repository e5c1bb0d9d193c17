import { describe, expect, it } from 'vitest';

import type { Actor } from '#rooms/scenario/index.js';
import { actorTables } from '#rooms/scenario/actors.js';
import { issues, scenario, SCENARIO } from './sources.ts';

const text = (actor: string): string => `${SCENARIO}actors:\n  nightly: ${actor}\n`;

const only = (actor: string): Actor => scenario(text(actor)).actors[0]!;

describe('an actor', () => {
  it('of the migration phase is there a second before it', () => {
    expect(scenario(text('{ kind: report, query: SELECT 1, duration: 5s }')).actors).toMatchObject([
      {
        name: 'nightly',
        kind: 'report',
        query: 'SELECT 1',
        phase: 'migration',
        start: -1_000,
        duration: 5_000,
        period: undefined,
      },
    ]);
  });

  it('of another phase begins with it', () => {
    expect(only('{ kind: report, query: SELECT 1, duration: 5s, phase: recovery }')).toMatchObject({
      phase: 'recovery',
      start: 0,
    });
  });

  it('begins when it is told to, and again', () => {
    expect(
      only('{ kind: idle-in-transaction, query: SELECT 1, duration: 5s, start: 500ms, period: 5s }'),
    ).toMatchObject({ kind: 'idle-in-transaction', start: 500, period: 5_000 });
  });

  it.each<[string, Partial<Actor>]>([
    ['{ kind: dump }', { kind: 'dump', tables: undefined, duration: undefined }],
    [
      '{ kind: batch, query: DELETE FROM orders WHERE false, pause: 20ms }',
      {
        kind: 'batch',
        query: 'DELETE FROM orders WHERE false',
        duration: undefined,
        pause: 20 as Actor['start'],
      },
    ],
    [
      '{ kind: batch, query: SELECT archive(), duration: 1s }',
      { kind: 'batch', duration: 1_000 as Actor['start'], pause: 0 as Actor['start'] },
    ],
    ['{ kind: vacuum }', { kind: 'vacuum', command: 'VACUUM', tables: undefined, duration: undefined }],
    [
      '{ kind: vacuum, full: true, freeze: true, analyze: true }',
      { command: 'VACUUM (FULL, FREEZE, ANALYZE)' },
    ],
    ['{ kind: analyze, duration: 2s }', { command: 'ANALYZE', duration: 2_000 as Actor['start'] }],
  ])('can be %s', (actor, parsed) => {
    expect(only(actor)).toMatchObject(parsed);
  });

  it.each([
    ['{ kind: report, query: SELECT 1, duration: 5s }', []],
    ['{ kind: dump }', []],
    ['{ kind: dump, tables: [orders, sales.Items] }', ['orders', 'sales.Items']],
    ['{ kind: vacuum, table: orders }', ['orders']],
    ['{ kind: analyze, tables: [orders] }', ['orders']],
  ])('names its tables: %s', (actor, names) => {
    expect(actorTables(only(actor)).map(({ name }) => name)).toEqual(names);
  });

  it('knows where each of its tables is named, and how SQL writes it', () => {
    expect(actorTables(only('\n    kind: dump\n    tables:\n      - orders\n      - sales."x"'))).toEqual([
      {
        name: 'orders',
        quoted: '"orders"',
        location: { file: 'a.yaml', line: 8, path: 'actors.nightly.tables.0' },
      },
      {
        name: 'sales."x"',
        quoted: '"sales"."""x"""',
        location: { file: 'a.yaml', line: 9, path: 'actors.nightly.tables.1' },
      },
    ]);
  });

  it('that runs a query has it as its place, any other is its own', () => {
    const long = '\n    kind: report\n    duration: 1s\n    query: SELECT 1';
    expect(only(long).location).toEqual({ file: 'a.yaml', line: 8, path: 'actors.nightly.query' });
    expect(only('{ kind: dump }').location).toEqual({ file: 'a.yaml', line: 5, path: 'actors.nightly' });
  });
});

const COUNTS_NOTHING =
  'it says of no row that it was changed, so it would have no end\n    hint: give it a duration';
const OUTSIDE =
  'PostgreSQL runs it outside of a transaction only\n    hint: kind: vacuum, or kind: batch with a duration';
const CONTROL = 'an actor begins and ends its transactions by itself\n    hint: write the query alone';

describe('an actor can not be', () => {
  it.each([
    ['{ kind: report, query: SELEC 1, duration: 5s }', 'query: not SQL: syntax error at or near "SELEC"'],
    ['{ kind: report, query: SELECT 1; SELECT 2, duration: 5s }', 'query: expected one statement, found 2'],
    ['{ kind: batch, query: " ", duration: 5s }', 'query: expected one statement, found 0'],
    ['{ kind: batch, query: COMMIT, duration: 5s }', `query: ${CONTROL}`],
    ['{ kind: idle-in-transaction, query: BEGIN, duration: 5s }', `query: ${CONTROL}`],
    ['{ kind: report, query: VACUUM orders, duration: 5s }', `query: ${OUTSIDE}`],
    [
      '{ kind: report, query: SELECT $1, duration: 5s }',
      'query: an actor has no values for parameters\n    hint: write the value',
    ],
    ['{ kind: batch, query: SELECT archive() }', `query: ${COUNTS_NOTHING}`],
    ['{ kind: batch, query: VACUUM }', `query: ${COUNTS_NOTHING}`],
    [
      '{ kind: report, query: SELECT 1 }',
      'duration: required, but missing (expected a duration such as 250ms, 2s or 5m)\n    hint: a duration: 250ms, 2s, 5m',
    ],
    [
      '{ kind: batch, duration: 1s }',
      'query: required, but missing (expected string)\n    hint: one statement',
    ],
    [
      '{ kind: report, query: SELECT 1, duration: 5s, phase: warmup }',
      'phase: expected one of baseline, migration, recovery, found "warmup"\n    hint: known here: baseline, migration, recovery',
    ],
    [
      '{ kind: report, query: SELECT 1, duration: 5s, start: -1 }',
      'start: expected a time before or after, such as -2s or 500ms, found -1\n    hint: from the start of the phase',
    ],
    ['{ kind: dump, duration: 0s }', 'duration: expected a duration above 0'],
    ['{ kind: dump, period: 0s }', 'period: expected a duration above 0'],
    [
      '{ kind: dump, duration: 3s, period: 2s }',
      'period: a turn of 3 s does not fit into a period of 2 s\n    hint: a period is the time from the beginning of one turn to the beginning of the next',
    ],
    ['{ kind: dump, tables: [] }', 'tables: expected a list of at least 1, found []'],
    ['{ kind: vacuum, table: orders, tables: [events] }', 'tables: an actor has either a table or tables'],
  ])('%s', (actor, reported) => {
    expect(issues(text(actor))).toEqual([`a.yaml:5: actors.nightly.${reported}`]);
  });
});

const KINDS = 'report, dump, idle-in-transaction, batch, vacuum, analyze';

describe('the kind of an actor', () => {
  it.each([
    [
      '{ kind: reprt, query: SELECT 1, duration: 5s }',
      [
        `kind: expected one of ${KINDS}, found "reprt"\n    hint: did you mean "report"? known here: ${KINDS}`,
      ],
    ],
    [
      '{ kind: vacum, table: orders }',
      [
        `kind: expected one of ${KINDS}, found "vacum"\n    hint: did you mean "vacuum"? known here: ${KINDS}`,
      ],
    ],
    ['{ kind: 7 }', [`kind: expected one of ${KINDS}, found 7`]],
    ['{ phase: baseline }', [`kind: required, but missing (expected one of ${KINDS})`]],
    [
      '{ kind: sleeper, query: SELECT 1, duration: soon }',
      [
        `kind: expected one of ${KINDS}, found "sleeper"\n    hint: known here: ${KINDS}`,
        'duration: expected a duration such as 250ms, 2s or 5m, found "soon"',
      ],
    ],
    [
      '{ kind: dump, query: SELECT 1 }',
      ['query: unknown key "query"\n    hint: known here: kind, phase, start, period, tables, duration'],
    ],
    [
      '{ kind: vacuum, tabels: [orders] }',
      [
        'tabels: unknown key "tabels"\n    hint: did you mean "table"? known here: kind, phase, start, period, table, tables, duration, analyze, full, freeze',
      ],
    ],
  ])('says what else it can have: %s', (actor, reported) => {
    expect(issues(text(actor))).toEqual(reported.map((one) => `a.yaml:5: actors.nightly.${one}`));
  });
});
