import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cardComplaints } from '#rooms/seed/card-lines.js';
import { columnStates } from '#rooms/seed/column-state.js';
import { isWithin, type ColumnState } from '#rooms/seed/state-card.js';
import { compared, limitsOfCorrelation, limitsOfDeadTuples, limitsOfNulls } from '#rooms/seed/tolerance.js';
import { unavoidableNulls, type ResolvedDataset } from '#rooms/dataset/index.js';

import { columnOf, resolved, tableOf, valuesOf } from '../dataset/sample.js';

/** Schemas whose table `t` has a column `c` in which some rows can have nothing but NULL; `p` are its parents. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'a tree': 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, c int REFERENCES t);',
  'a tree in each owner': `
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE t (tenant_id int NOT NULL REFERENCES p, no int NOT NULL, c int,
      PRIMARY KEY (tenant_id, no), FOREIGN KEY (tenant_id, c) REFERENCES t (tenant_id, no));`,
  'a tree in each owner of an owner': `
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE q (p_id int NOT NULL REFERENCES p, no int NOT NULL, PRIMARY KEY (p_id, no));
    CREATE TABLE t (p_id int NOT NULL REFERENCES p, no int NOT NULL, q int, c int, PRIMARY KEY (p_id, no),
      FOREIGN KEY (p_id, q) REFERENCES q (p_id, no), FOREIGN KEY (p_id, c) REFERENCES t (p_id, no));`,
  'owners without rows': `
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE q (p_id int NOT NULL REFERENCES p, no int NOT NULL, PRIMARY KEY (p_id, no));
    CREATE TABLE r (p_id int NOT NULL REFERENCES p, no int NOT NULL, PRIMARY KEY (p_id, no));
    CREATE TABLE t (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p, c int, d int,
      FOREIGN KEY (p_id, c) REFERENCES q (p_id, no), FOREIGN KEY (p_id, d) REFERENCES r (p_id, no));`,
  'a key that may be NULL':
    'CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE t (id int PRIMARY KEY, c text REFERENCES p (code));',
  'no parents':
    'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, c int REFERENCES q);',
};

interface Case {
  readonly schema: string;
  readonly parents: number;
  readonly rows: number;
  /** Undefined: nobody wrote one. */
  readonly share: number | undefined;
  readonly scale: number;
  readonly seed: number;
}

const CASES: fc.Arbitrary<Case> = fc.record({
  schema: fc.constantFrom(...Object.keys(SCHEMAS)),
  parents: fc.integer({ min: 1, max: 400 }),
  rows: fc.integer({ min: 1, max: 4_000 }),
  share: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  scale: fc.constantFrom(0.01, 0.3, 1),
  seed: fc.nat(),
});

function loaded({ schema, parents, rows, share, scale, seed }: Case): ResolvedDataset {
  const sql = SCHEMAS[schema] ?? '';
  const columns = share === undefined ? '' : `, columns: { c: { null_frac: ${share} } }`;
  const others = ['q', 'r'].filter((name) => sql.includes(`TABLE ${name} `));
  const counts = schema === 'no parents' ? 0 : Math.ceil(parents / 3);
  const lines = [
    `p: { rows: ${parents}, scale: linear }`,
    ...others.map((name) => `${name}: { rows: ${counts} }`),
  ];
  const nullable = schema === 'a key that may be NULL' ? ', columns: { code: { null_frac: 0.4 } }' : '';
  return resolved(
    {
      sql,
      yaml: `defaults: { null_frac: 0.2 }\ntables:\n  ${lines.join('\n  ').replace(', scale: linear }', `, scale: linear${nullable} }`)}\n  t: { rows: ${rows}, scale: linear${columns} }`,
    },
    scale,
    seed,
  );
}

/** What the state card says of t.c where somebody counted its NULLs; `more` of them. */
function stateOf(dataset: ResolvedDataset, more = 0): ColumnState {
  const table = tableOf(dataset, 't');
  const nulls = valuesOf(dataset, 't', 'c').filter((value) => value === null).length;
  const states = columnStates(table, [], {
    rows: table.rows,
    hash: '',
    nulls: new Map([['c', nulls + more]]),
    distinct: new Map(),
  });
  const found = states.find(({ column }) => column === 'c');
  if (found === undefined) throw new Error('t has no column c');
  return found;
}

function complaintsOf(column: ColumnState): readonly string[] {
  const nothing = compared(null, null, null);
  const physical = {
    heap: 0,
    toast: 0,
    indexes: 0,
    allFrozen: null,
    insertsSinceVacuum: 0,
    treeLevel: null,
    contentHash: null,
  };
  const table = {
    ...physical,
    table: 't',
    rows: nothing,
    allVisible: nothing,
    deadTuples: nothing,
    columns: [column],
  };
  const server = { server: '18.4', sharedBuffers: 0, exact: true, notMeasured: [] };
  return cardComplaints({ dataset: 'd', scale: 1, seed: 42, ...server, tables: [table] });
}

describe('limits of NULLs', () => {
  it('hold for what is generated, at any scale, and lie between 0 and 1', () => {
    fc.assert(
      fc.property(CASES, (one) => {
        const { nullFrac } = stateOf(loaded(one));
        expect(nullFrac).toSatisfy(isWithin);
        const { min, max } = nullFrac.allowed ?? { min: 0, max: 1 };
        expect(min).toBeGreaterThanOrEqual(0);
        expect(max).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('still judge what is asked, and say why they are wider', () => {
    const agents = {
      schema: 'a tree in each owner',
      parents: 100,
      rows: 2_000,
      share: undefined,
      scale: 1,
      seed: 42,
    };
    const dataset = loaded(agents);
    const { nullFrac } = stateOf(dataset);
    expect(nullFrac.asked).toBe(0.1);
    expect(nullFrac.got).toBeCloseTo(0.145, 2);
    const because = 'at least 100 of 2,000 rows are NULL for want of an earlier row with the same tenant_id';
    expect(nullFrac.because).toBe(because);
    expect(complaintsOf(stateOf(dataset, 150))).toEqual([
      `t.c: null_frac asked 0.1, allowed 0.1054 to 0.1846 (${because}), got 0.2225`,
    ]);
    // One root among many rows is no news.
    expect(stateOf(loaded({ ...agents, schema: 'a tree' })).nullFrac.because).toBeUndefined();
  });

  it('are near what can not be otherwise also where only some rows are looked at', () => {
    const dataset = loaded({
      schema: 'a tree in each owner',
      parents: 250_000,
      rows: 1_000_000,
      share: 0.1,
      scale: 1,
      seed: 7,
    });
    const found = unavoidableNulls(columnOf(dataset, 't', 'c'));
    expect(found?.error).toBeLessThan(0.01);
    expect(Math.abs((found?.share ?? 0) - 0.25)).toBeLessThan(found?.error ?? 0);
  });

  it('can be reached, whatever they are of', () => {
    const measuring = { rows: 2_000, statisticsTarget: undefined, exact: false };
    expect(limitsOfDeadTuples(0)).toEqual({ min: 0, max: 0.01 });
    expect(limitsOfCorrelation(1, measuring)?.max).toBe(1);
    expect(limitsOfCorrelation(-0.99, measuring)?.min).toBe(-1);
    expect(limitsOfNulls(0.001, { ...measuring, rows: 10 })?.min).toBe(0);
  });
});
