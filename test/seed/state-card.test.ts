import { describe, expect, it } from 'vitest';

import { cardComplaints, stateCardLines } from '#rooms/seed/card-lines.js';
import type { ColumnState, StateCard, TableState } from '#rooms/seed/state-card.js';
import {
  compared,
  limitsOfCorrelation,
  limitsOfDistinct,
  limitsOfNulls,
  limitsOfVisibility,
} from '#rooms/seed/tolerance.js';

const COLUMN: ColumnState = {
  column: 'note',
  nullFrac: compared(0.3, 0.302, { min: 0.28, max: 0.32 }),
  nDistinct: compared(null, 40, null),
  correlation: compared(null, 0.5, null),
  avgWidth: compared(null, 12, null),
};

const TABLE: TableState = {
  table: 'orders',
  rows: compared(1_000_000, 1_000_000, { min: 1_000_000, max: 1_000_000 }),
  heap: 75_000_000,
  toast: 8_192,
  indexes: 22_000_000,
  allVisible: compared(null, 1, { min: 0.98, max: 1 }),
  allFrozen: null,
  deadTuples: compared(0, 0, { min: 0, max: 0.01 }),
  insertsSinceVacuum: 0,
  treeLevel: 2,
  contentHash: null,
  columns: [COLUMN],
};

const card = (table: Partial<TableState>): StateCard => ({
  dataset: 'shop',
  scale: 0.1,
  seed: 42,
  server: '18.4',
  sharedBuffers: 536_870_912,
  exact: false,
  tables: [{ ...TABLE, ...table }],
  notMeasured: ['levels of btrees, because the server has no pageinspect'],
});

describe('a state card', () => {
  it('is printed as a table of the relations and one of the columns of which something was asked', () => {
    expect(stateCardLines(card({}))).toEqual([
      'state of shop at scale 0.1, seed 42, PostgreSQL 18.4: heap 72 MB (0.14 × shared_buffers)',
      '',
      'table        rows   heap  TOAST  indexes  levels  all-visible  all-frozen  dead tuples  inserts since vacuum',
      'orders  1,000,000  72 MB   8 kB    21 MB       2        100 %           –          0 %                     0',
      '',
      'column               null_frac  n_distinct (estimate)  correlation  avg_width',
      'orders.note  0.302 (asked 0.3)                     40        0.500         12',
      '',
      'not measured: levels of btrees, because the server has no pageinspect',
      'all within tolerance',
    ]);
  });

  it('says why more NULLs are allowed than asked for', () => {
    const nullFrac = { ...compared(0.1, 0.145, { min: 0.13, max: 0.16 }), because: '9 of 99 rows are NULL' };
    expect(stateCardLines(card({ columns: [{ ...COLUMN, nullFrac }] }))).toContain(
      'orders.note: null_frac 0.13 to 0.16 is allowed, because 9 of 99 rows are NULL',
    );
  });

  it('names what is beyond its tolerance, and what is missing', () => {
    const lost = { ...COLUMN, nullFrac: compared(0.3, null, { min: 0.28, max: 0.32 }) };
    const bad = card({ rows: compared(10, 9, { min: 10, max: 10 }), columns: [lost] });
    expect(cardComplaints(bad)).toEqual([
      'orders: rows asked 10, allowed exactly 10, got 9',
      'orders.note: null_frac asked 0.3, allowed 0.28 to 0.32, got nothing that could be measured',
    ]);
  });
});

describe('tolerances', () => {
  const sampled = { rows: 1_000_000, statisticsTarget: undefined, exact: false };
  const counted = { ...sampled, exact: true };

  it('are five standard errors of the sample of ANALYZE, 2 % where values were counted', () => {
    expect(limitsOfNulls(0.5, sampled)?.max).toBeCloseTo(0.5144, 4);
    expect(limitsOfNulls(0.5, counted)?.max).toBeCloseTo(0.51, 6);
    expect(limitsOfNulls(0, sampled)).toBeNull();
    expect(limitsOfDistinct(40_000, counted)).toEqual({ min: 39_200, max: 40_800 });
    expect(limitsOfDistinct(40_000, sampled)).toEqual({ min: 4_000, max: 400_000 });
    expect(limitsOfCorrelation(0.9, sampled)?.min).toBeCloseTo(0.8745, 4);
    expect(limitsOfCorrelation(0.9, { ...sampled, rows: 10 })).toBeNull();
  });

  it('let a heap have pages that it grew by and did not need', () => {
    expect(limitsOfVisibility(0, { pages: 10_000, relations: 1 })?.min).toBeCloseTo(0.9736, 4);
    expect(limitsOfVisibility(0, { pages: 100, relations: 2 })?.min).toBe(0);
    expect(limitsOfVisibility(0.1, { pages: 100, relations: 2 })).toBeNull();
  });
});
