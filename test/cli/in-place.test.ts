import { expect, it } from 'vitest';

import { inPlaceOf } from '#rooms/cli/in-place.js';

const ONCE = { asked: false, scenarios: 1, repeat: 1, baseline: 'none' } as const;

it('a run in the named database itself is for those who may not copy it, or insist', () => {
  expect(inPlaceOf(ONCE)).toEqual({ kind: 'without-rights' });
  expect(inPlaceOf({ ...ONCE, baseline: 'reports' })).toEqual({ kind: 'without-rights' });
  expect(inPlaceOf({ ...ONCE, asked: true })).toEqual({ kind: 'asked' });
});

it.each([
  [{ repeat: 2 }, '--repeat 2'],
  [{ baseline: 'scenario' as const }, '--baseline'],
  [{ scenarios: 3 }, '3 scenarios'],
])('no run begins there with what another one has left: %j', (more, told) => {
  const why = `the second run would begin with what the first one has changed (${told})`;
  expect(inPlaceOf({ ...ONCE, ...more })).toEqual({ kind: 'never', why });
  expect(() => inPlaceOf({ ...ONCE, ...more, asked: true })).toThrow(why);
});
