import { describe, expect, it } from 'vitest';

import { issues, resolved, tableOf, type Files } from './sample.js';

const EVENTS = `
  CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE e1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
  CREATE TABLE e2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');`;

const filled = (sql: string, series: string, more = ''): Files => ({
  sql,
  yaml: `tables: { events: { rows: 1_000, columns: { at: { series: ${series} } } } }\n${more}`,
});

describe('routes to partitions', () => {
  it('cover all rows without a gap, in their order', () => {
    const table = tableOf(resolved(filled(EVENTS, '{ from: 2024-01-01, to: 2024-03-01 }')), 'events');
    expect(table.routes?.map(({ display }) => display)).toEqual(['e1', 'e2']);
    expect(table.routes?.[0]).toMatchObject({ sqlName: '"public"."e1"', from: 0 });
    expect(table.routes?.[1]).toMatchObject({ from: table.routes?.[0]?.to, to: 1_000 });
  });

  it('lead to the default partition before, between and behind', () => {
    const sql = `${EVENTS} CREATE TABLE rest PARTITION OF events DEFAULT;`;
    const table = tableOf(resolved(filled(sql, '{ from: 2023-12-01, to: 2024-04-01 }')), 'events');
    expect(table.routes?.map(({ display }) => display)).toEqual(['rest', 'e1', 'e2', 'rest']);
  });

  it('are refused where the series leaves the partitions', () => {
    expect(() => resolved(filled(EVENTS, '{ from: 2024-01-01, to: 2024-03-02 }'))).toThrow(
      'events: no partition takes rows with at 2024-03-01',
    );
  });

  it('are left to the server where the row number does not say the partition', () => {
    const jitter = filled(EVENTS, '{ from: 2024-01-01, to: 2024-03-01, jitter: 3d }');
    expect(tableOf(resolved(jitter), 'events').routes).toBeUndefined();
  });
});

describe('the state that is asked for', () => {
  const files = filled(
    EVENTS,
    '{ from: 2024-01-01, to: 2024-03-01 }',
    `storage: { default: { fillfactor: 90 }, events: { dead_tuples: 0.1, free_space: 0.2, statistics_target: 500 } }
expect: { events: { rows: 1_000 ±1%, all_visible: ">= 0.95", correlation: { at: 0.98 ±0.02 } } }`,
  );

  it('stands at its table', () => {
    expect(tableOf(resolved(files), 'events').storage).toEqual({
      fillfactor: undefined,
      deadTuples: 0.1,
      freeSpace: 0.2,
      statisticsTarget: 500,
    });
  });

  it('is compared with intervals', () => {
    const { expect: asked } = tableOf(resolved(files), 'events');
    expect(asked.rows).toEqual({ min: 990, max: 1_010, written: '1_000 ±1%' });
    expect(asked.allVisible).toMatchObject({ min: 0.95, max: Infinity });
    expect(asked.columns[0]?.correlation?.min).toBeCloseTo(0.96);
  });

  it('is the default one where nothing else is said', () => {
    const sql = 'CREATE TABLE t (id int PRIMARY KEY)';
    expect(
      tableOf(resolved({ sql, yaml: 'storage: { default: { fillfactor: 80 } }' }), 't').storage.fillfactor,
    ).toBe(80);
  });

  it('is no part of what makes the rows', () => {
    const other = { ...files, yaml: (files.yaml ?? '').replace('1_000 ±1%', '1_000 ±2%') };
    expect(resolved(other).fingerprint).toBe(resolved(files).fingerprint);
  });

  it('names tables and columns that are there', () => {
    const sql = 'CREATE TABLE orders (id int PRIMARY KEY)';
    expect(issues({ sql, yaml: 'storage: { order: { fillfactor: 80 } }' })).toEqual([
      expect.stringContaining('the schema has no table "order"'),
    ]);
    expect(issues({ sql, yaml: 'expect: { orders: { null_frac: { idd: 0 } } }' })).toEqual([
      expect.stringContaining('"idd"'),
    ]);
  });
});
