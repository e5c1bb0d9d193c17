import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bindNamedParameters } from '#rooms/postgres/index.js';

/** As it was written, in one piece. */
const unbound = (text: string) => ({ text, names: [], pieces: [text], order: [] });

describe('named parameters', () => {
  it('become positions in the order of their first use', () => {
    expect(bindNamedParameters('SELECT :b, :a, :b FROM t WHERE c = :a')).toEqual({
      text: 'SELECT $1, $2, $1 FROM t WHERE c = $2',
      names: ['b', 'a'],
      pieces: ['SELECT ', ', ', ', ', ' FROM t WHERE c = ', ''],
      order: [0, 1, 0, 1],
    });
  });

  it('may be called like a keyword', () => {
    expect(bindNamedParameters('SELECT :order, :user')).toMatchObject({
      text: 'SELECT $1, $2',
      names: ['order', 'user'],
    });
  });

  it('may be cast', () => {
    expect(bindNamedParameters('SELECT :price::numeric * 2').text).toBe('SELECT $1::numeric * 2');
  });

  it('stand at their places after letters of several bytes', () => {
    expect(bindNamedParameters("SELECT 'Größe 🐘', :x").text).toBe("SELECT 'Größe 🐘', $1");
  });

  it.each([
    ["SELECT ':a'"],
    ['SELECT ":a" FROM t'],
    ['SELECT 1 -- :a'],
    ['SELECT /* :a */ 1'],
    ['SELECT $$ :a $$'],
    ["SELECT E'\\':a'"],
    ['SELECT b::int'],
    ['SELECT b[1: c]'],
    ['SELECT b[1:2]'],
  ])('are not looked for in %s', (sql) => {
    expect(bindNamedParameters(sql)).toEqual(unbound(sql));
  });

  it.each(["SELECT 'open :a", 'SELECT "open', 'SELECT /* open', 'SELECT $$ open', ''])(
    'are left alone where the scanner gives up: %s',
    (sql) => {
      expect(bindNamedParameters(sql)).toEqual(unbound(sql));
    },
  );

  it('never changes a text without a colon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noise) => {
        const text = noise.replace(/[:\0]/g, '');
        expect(bindNamedParameters(text)).toEqual(unbound(text));
      }),
    );
  });
});
