import { describe, expect, it } from 'vitest';

import { isReserved, splitAtCommas, withoutComments } from '#rooms/postgres/index.js';

describe('without comments', () => {
  it.each([
    ['a -- b\n, c', 'a , c'],
    ["/* x /* y */ */ SELECT 'a -- b' -- end", "SELECT 'a -- b'"],
    ['DO $$ -- kept\n$$', 'DO $$ -- kept\n$$'],
    ['ä /* ö */ ü', 'ä ü'],
    ["an open ' quote -- stays", "an open ' quote -- stays"],
    ['', ''],
  ])('%s is %s', (sql, text) => expect(withoutComments(sql)).toBe(text));
});

it.each([
  ['a, b (c, d), e[1, 2]', ['a', 'b (c, d)', 'e[1, 2]']],
  ['\'a, b\', "c, d", $$e, f$$', ["'a, b'", '"c, d"', '$$e, f$$']],
  ['ä, ö', ['ä', 'ö']],
])('%s is split at its commas', (sql, parts) => expect(splitAtCommas(sql)).toEqual(parts));

it.each([
  ['order', true],
  ['left', true],
  ['name', false],
  ['between', false],
  ['orders', false],
])('%s is reserved: %s', (word, expected) => expect(isReserved(word)).toBe(expected));
