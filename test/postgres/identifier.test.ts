import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  displayName,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  splitStatements,
} from '#rooms/postgres/index.js';

// A name or a text in PostgreSQL has no NUL; 63 bytes are kept of a name.
const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' });

function parsed(sql: string): unknown {
  const outcome = splitStatements(sql);
  return outcome.ok ? outcome.statements[0]!.node : outcome.mistake;
}

it('a quoted identifier is that name to PostgreSQL, whatever is in it', () => {
  fc.assert(
    fc.property(text, (name) => {
      expect(parsed(`SELECT ${quoteIdentifier(name)}`)).toMatchObject({
        SelectStmt: {
          targetList: [{ ResTarget: { val: { ColumnRef: { fields: [{ String: { sval: name } }] } } } }],
        },
      });
    }),
  );
});

it('a quoted literal is that text to PostgreSQL, whatever is in it', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(parsed(`SELECT ${quoteLiteral(value)}`)).toMatchObject({
        SelectStmt: { targetList: [{ ResTarget: { val: { A_Const: { sval: { sval: value } } } } }] },
      });
    }),
  );
});

it.each([
  ['orders', '"orders"'],
  ['sales.orders', '"sales"."orders"'],
])('the relation %s is quoted part by part', (name, quoted) => {
  expect(quoteRelation(name)).toBe(quoted);
});

it('public is left out of a name, other schemas are not', () => {
  expect([displayName('public', 'orders'), displayName('sales', 'orders')]).toEqual([
    'orders',
    'sales.orders',
  ]);
});
