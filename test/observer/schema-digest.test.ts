import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { newIndexes, schemaChanges, unfinished } from '#rooms/observer/index.js';
import { SCHEMA_FACT_KINDS, type NewIndex, type SchemaChange, type SchemaFact } from '#rooms/result/index.js';

const fact = (kind: SchemaFact['kind'], relation: string, name: string, definition = 'x'): SchemaFact => ({
  kind,
  relation,
  name,
  definition,
});
const added = (of: SchemaFact): SchemaChange => ({ change: 'added', fact: of });
const removed = (of: SchemaFact): SchemaChange => ({ change: 'removed', fact: of });

describe('changes of the schema', () => {
  const anyFact = fc.record({
    kind: fc.constantFrom(...SCHEMA_FACT_KINDS),
    relation: fc.constantFrom('', 'orders', 'sales.items'),
    name: fc.constantFrom('a', 'b', 'c'),
    definition: fc.constantFrom('integer', 'text'),
  });
  const place = (of: SchemaFact): string => JSON.stringify(of);
  const facts = fc.uniqueArray(anyFact, { selector: place });

  it('lead from one moment to the other, and there are none between equal moments', () => {
    fc.assert(
      fc.property(facts, facts, (before, after) => {
        const changes = schemaChanges(before, after);
        const gone = new Set(
          changes.filter(({ change }) => change === 'removed').map((one) => place(one.fact)),
        );
        const come = changes.filter(({ change }) => change === 'added').map((one) => place(one.fact));
        const reached = [...before.map(place).filter((one) => !gone.has(one)), ...come];
        expect(reached.sort()).toEqual(after.map(place).sort());
        expect(schemaChanges(after, after.toReversed())).toEqual([]);
      }),
    );
  });

  it('stand by table, what was altered side by side', () => {
    const before = [fact('column', 'orders', 'total', 'integer'), fact('index', 'items', 'items_a')];
    const after = [fact('column', 'orders', 'total', 'bigint'), fact('table', '', 'audit')];
    expect(schemaChanges(before, after)).toEqual([
      added(fact('table', '', 'audit')),
      removed(fact('index', 'items', 'items_a')),
      removed(fact('column', 'orders', 'total', 'integer')),
      added(fact('column', 'orders', 'total', 'bigint')),
    ]);
  });
});

describe('a new index', () => {
  const index = (name: string): NewIndex => ({
    name,
    relation: 'orders',
    definition: '',
    method: 'btree',
    columns: ['a'],
    unique: false,
    valid: true,
    scans: 0,
  });

  it('was not there under its name before: one that was rebuilt was', () => {
    const changes = [
      added(fact('index', 'orders', 'orders_new')),
      removed(fact('index', 'orders', 'orders_altered', '(a)')),
      added(fact('index', 'orders', 'orders_altered', '(a, b)')),
      added(fact('index', 'items', 'orders_old')),
    ];
    const all = ['orders_new', 'orders_altered', 'orders_old'].map(index);
    expect(newIndexes(all, changes).map(({ name }) => name)).toEqual(['orders_new']);
  });
});

describe('what a failed migration left', () => {
  it('are tables, columns of tables that were there, and triggers', () => {
    const changes = [
      added(fact('table', '', 'pgosc_st_orders_1a2b')),
      added(fact('column', 'pgosc_st_orders_1a2b', 'id')),
      added(fact('trigger', 'pgosc_st_orders_1a2b', 'own')),
      added(fact('column', 'orders', 'note')),
      added(fact('trigger', 'orders', 'mirror')),
      added(fact('index', 'orders', 'orders_note')),
      removed(fact('column', 'orders', 'gone')),
    ];
    expect(unfinished(changes)).toEqual([
      { kind: 'unfinished-table', name: 'pgosc_st_orders_1a2b', relation: '' },
      { kind: 'unfinished-column', name: 'note', relation: 'orders' },
      { kind: 'unfinished-trigger', name: 'mirror', relation: 'orders' },
    ]);
  });

  it('is nothing where a column was only altered', () => {
    const changes = [
      removed(fact('column', 'orders', 'total', 'integer')),
      added(fact('column', 'orders', 'total', 'bigint')),
    ];
    expect(unfinished(changes)).toEqual([]);
  });
});
