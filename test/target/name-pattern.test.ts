import { expect, it } from 'vitest';

import { matchesEveryName, matchesName } from '#rooms/target/name-pattern.js';

it.each([
  ['shop_staging', 'shop_staging', true],
  ['shop_staging', 'shop', false],
  ['shop', 'shop_staging', false],
  ['rehearsal_7', 'rehearsal_*', true],
  ['my_rehearsal_7', 'rehearsal_*', false],
  ['a+b', 'a+b', true],
  ['aab', 'a+b', false],
  ['shopxstaging', 'shop.staging', false],
  ['Shop', 'shop', false],
  ['anything', '*', true],
])('%s is allowed by %s: %j', (name, pattern, isAllowed) => {
  expect(matchesName(name, pattern)).toBe(isAllowed);
});

it.each([
  ['*', true],
  ['**', true],
  ['*_staging', false],
  ['', false],
])('%s allows every name: %j', (pattern, isEvery) => {
  expect(matchesEveryName(pattern)).toBe(isEvery);
});
