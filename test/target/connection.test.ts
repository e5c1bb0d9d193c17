import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { displayAddress, environmentOf } from '#rooms/target/connection.js';
import { booleanOf, isNull, numberOf, textOf } from '#rooms/target/row.js';

describe('the environment of a command', () => {
  // A URL cannot hold the path segments `.` and `..`, however they are written.
  const text = fc.string({ minLength: 1 }).filter((name) => name !== '.' && name !== '..');

  it('says the same in its URL as in its variables, whatever the names and the password hold', () => {
    fc.assert(
      fc.property(text, text, text, (database, user, password) => {
        const environment = environmentOf({ host: '127.0.0.1', port: 5433, database, user, password });
        const url = new URL(environment['DATABASE_URL'] ?? '');
        // SQLAlchemy refuses `postgres:`.
        expect(url.protocol).toBe('postgresql:');
        expect({
          user: decodeURIComponent(url.username),
          password: decodeURIComponent(url.password),
          database: decodeURIComponent(url.pathname.slice(1)),
          port: url.port,
        }).toEqual({ user, password, database, port: environment['PGPORT'] });
      }),
    );
  });

  it('is not what messages show', () => {
    const address = displayAddress({ host: 'h', port: 1, database: 'd', user: 'u', password: 'secret' });
    expect(address).toBe('h:1/d');
  });
});

describe('a row', () => {
  const row = { name: 'orders', big: '9007199254740991', small: 7, flag: true, none: null };

  it('gives its values by type', () => {
    expect(textOf(row, 'name')).toBe('orders');
    expect(numberOf(row, 'big')).toBe(Number.MAX_SAFE_INTEGER);
    expect(numberOf(row, 'small')).toBe(7);
    expect(booleanOf(row, 'flag')).toBe(true);
    expect([isNull(row, 'none'), isNull(row, 'name')]).toEqual([true, false]);
  });

  it('that is not as expected is a defect, named by its column', () => {
    expect(() => textOf(row, 'small')).toThrow('expected text in column small, found 7');
    expect(() => numberOf(row, 'name')).toThrow('expected a number in column name, found "orders"');
    expect(() => numberOf(row, 'none')).toThrow('expected a number in column none, found null');
    expect(() => booleanOf(row, 'absent')).toThrow(/only the columns name, big/);
  });
});
