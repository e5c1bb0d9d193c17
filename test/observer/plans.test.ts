import { describe, expect, it } from 'vitest';

import {
  planChanges,
  planOf,
  transactionTables,
  type DrawnStatement,
  type PlannedStatement,
} from '#rooms/observer/index.js';
import type { QueryPlan } from '#rooms/result/index.js';

const NO_ROOTS = { tables: new Map<string, string>(), indexes: new Map<string, string>() };

const scan = (relation: string, index?: string, schema = 'public') => ({
  'Node Type': index === undefined ? 'Seq Scan' : 'Index Scan',
  'Total Cost': 8,
  Schema: schema,
  'Relation Name': relation,
  Output: ['a', 'b'],
  ...(index === undefined ? {} : { 'Index Name': index }),
});

describe('the shape of a plan', () => {
  it('is its nodes with their tables and indexes, and what all of it costs', () => {
    const answer = [
      {
        Plan: {
          'Node Type': 'ModifyTable',
          Operation: 'Update',
          'Total Cost': 17.5,
          Schema: 'public',
          'Relation Name': 'orders',
          Plans: [
            {
              'Node Type': 'Nested Loop',
              'Total Cost': 17.5,
              Plans: [scan('orders', 'orders_pkey'), scan('items', undefined, 'sales')],
            },
          ],
        },
      },
    ];
    expect(planOf(answer, NO_ROOTS)).toEqual({
      cost: 17.5,
      nodes: [
        { depth: 0, type: 'Update', relation: 'orders' },
        { depth: 1, type: 'Nested Loop' },
        { depth: 2, type: 'Index Scan', relation: 'orders', index: 'orders_pkey' },
        { depth: 2, type: 'Seq Scan', relation: 'sales.items' },
      ],
    });
  });

  it('names partitions by their parents, those that are planned alike once', () => {
    const roots = {
      tables: new Map([1, 2, 3].map((n) => [`events_${n}`, 'events'])),
      indexes: new Map([1, 2].map((n) => [`events_${n}_pkey`, 'events_pkey'])),
    };
    const answer = [
      {
        Plan: {
          'Node Type': 'Append',
          'Total Cost': 30,
          Plans: [scan('events_1', 'events_1_pkey'), scan('events_2', 'events_2_pkey'), scan('events_3')],
        },
      },
    ];
    expect(planOf(answer, roots).nodes).toEqual([
      { depth: 0, type: 'Append' },
      { depth: 1, type: 'Index Scan', relation: 'events', index: 'events_pkey' },
      { depth: 1, type: 'Seq Scan', relation: 'events' },
    ]);
  });
});

describe('a changed plan', () => {
  const statement = (text: string): DrawnStatement => ({
    workload: 'main',
    transaction: 'page',
    text,
    width: 1,
    values: [['1'], ['2']],
  });
  const plan = (type: string, cost: number): QueryPlan => ({
    nodes: [{ depth: 0, type, relation: 'orders' }],
    cost,
  });
  const planned = (text: string, ...plans: readonly QueryPlan[]): PlannedStatement => ({
    kind: 'planned',
    statement: statement(text),
    plans,
  });
  const refused = (text: string): PlannedStatement => ({
    kind: 'refused',
    statement: statement(text),
    message: 'column "a" does not exist',
  });
  const place = { workload: 'main', transaction: 'page' };

  it('is told for the arrival whose cost grew most', () => {
    const before = [planned('SELECT 1', plan('Index Scan', 8), plan('Index Scan', 10))];
    const after = [planned('SELECT 1', plan('Seq Scan', 16), plan('Bitmap Heap Scan', 40))];
    expect(planChanges(before, after)).toEqual([
      {
        ...place,
        statement: 'SELECT 1',
        before: plan('Index Scan', 10),
        after: plan('Bitmap Heap Scan', 40),
      },
    ]);
  });

  it('is none where only the cost is another, or the statement was not asked for again', () => {
    const before = [planned('SELECT 1', plan('Index Scan', 8)), planned('SELECT 2', plan('Index Scan', 8))];
    expect(planChanges(before, [planned('SELECT 1', plan('Index Scan', 800))])).toEqual([]);
  });

  it('of one transaction is that of all its statements: so are their tables', () => {
    const other = {
      kind: 'planned',
      statement: statement('SELECT 2'),
      plans: [
        {
          cost: 1,
          nodes: [
            { depth: 0, type: 'Seq Scan', relation: 'items' },
            { depth: 0, type: 'Result' },
          ],
        },
      ],
    } as const;
    expect(transactionTables([planned('SELECT 1', plan('Seq Scan', 1)), other, refused('SELECT 3')])).toEqual(
      [{ ...place, relations: ['items', 'orders'] }],
    );
  });

  it('may be none at all any more; what was refused before is nobody’s fault', () => {
    const before = [planned('SELECT a', plan('Index Scan', 8)), refused('SELECT b')];
    expect(planChanges(before, [refused('SELECT a'), refused('SELECT b')])).toEqual([
      {
        ...place,
        statement: 'SELECT a',
        before: plan('Index Scan', 8),
        error: 'column "a" does not exist',
      },
    ]);
  });
});
