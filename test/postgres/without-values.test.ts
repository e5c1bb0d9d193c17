import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maskLiterals, maskValues } from '#rooms/postgres/index.js';

describe('maskValues', () => {
  it.each([
    ['Key (email)=(a@example.com) already exists.', 'Key (email)=(…) already exists.'],
    ['Key (lower(email), tenant)=(a@b.c, 7) is duplicated.', 'Key (lower(email), tenant)=(…) is duplicated.'],
    [
      'Key (customer_id)=(7) is not present in table "customers".',
      'Key (customer_id)=(…) is not present in table "customers".',
    ],
    [
      'Key (room, during)=(1, [1,5)) conflicts with existing key (room, during)=(1, [2,3)).',
      'Key (room, during)=(…) conflicts with existing key (room, during)=(…).',
    ],
    ['Failing row contains (1, secret, (a), null).', 'Failing row contains (…).'],
    ['invalid input syntax for type integer: "secret"', 'invalid input syntax for type integer: "…"'],
    ['invalid input value for enum mood: "secret"', 'invalid input value for enum mood: "…"'],
    ['value "99999999999" is out of range for type integer', 'value "…" is out of range for type integer'],
    ['date/time field value out of range: "secret"', 'date/time field value out of range: "…"'],
    [
      "CONTEXT:  unnamed portal with parameters: $1 = 'secret'",
      'CONTEXT:  unnamed portal with parameters: …',
    ],
    [
      'ERROR:  duplicate key\nDETAIL:  Key (id)=(1) already exists.\nSTATEMENT:  INSERT',
      'ERROR:  duplicate key\nDETAIL:  Key (id)=(…) already exists.\nSTATEMENT:  INSERT',
    ],
  ])('%s', (told, masked) => {
    expect(maskValues(told)).toBe(masked);
  });

  it.each(['relation "orders" does not exist', 'column "id" of relation "orders" contains null values'])(
    'leaves names alone: %s',
    (message) => expect(maskValues(message)).toBe(message),
  );

  it('takes no time that grows out of proportion, whatever the text', () => {
    for (const part of ['key (', 'Key (a)=(', '=(', 'out of range: "', 'invalid input syntax for ', '\n'])
      expect(maskValues(part.repeat(2_000)).length).toBeGreaterThan(0);
  });
});

describe('maskLiterals', () => {
  it.each([
    ["SELECT * FROM t1 WHERE a = 'it''s' AND b = 42", "SELECT * FROM t1 WHERE a = '?' AND b = ?"],
    ["SELECT $1, 'cut o", "SELECT $1, '?'"],
    ['SELECT $x$secret$x$ FROM "a1 2"', `SELECT '?' FROM "a1 2"`],
  ])('%s', (sql, masked) => {
    expect(maskLiterals(sql)).toBe(masked);
  });

  it('leaves no text that stands in quotes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ']{8,20}$/), (text) => {
        const sql = `SELECT 1 WHERE a = '${`<${text}>`.replaceAll("'", "''")}' AND true`;
        expect(maskLiterals(sql)).toBe(`SELECT ? WHERE a = '?' AND true`);
      }),
    );
  });
});
