import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { overridesOf } from '#rooms/cli/overrides.js';

const NOTHING = { set: [], scale: undefined, seed: undefined };
const paths = (...set: string[]) => overridesOf({ ...NOTHING, set }).map(({ path }) => path);

describe('--set', () => {
  it('is a path of names and a value', () => {
    expect(overridesOf({ ...NOTHING, set: ['traffic.rate=100/s'] })).toEqual([
      { path: ['traffic', 'rate'], value: '100/s', written: '--set traffic.rate=100/s' },
    ]);
  });

  it('reaches into lists and to names with dashes', () => {
    expect(paths('migration.0.lock_timeout=50ms', 'accept.table-rewrite=known')).toEqual([
      ['migration', '0', 'lock_timeout'],
      ['accept', 'table-rewrite'],
    ]);
  });

  it('reaches a threshold with its labels', () => {
    expect(paths('thresholds.response_time{phase:migration,transaction:*}=p(99) < 1s')).toEqual([
      ['thresholds', 'response_time{phase:migration,transaction:*}'],
    ]);
  });

  it('takes everything behind the first equals sign as the value', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(overridesOf({ ...NOTHING, set: [`a.b=${value}`] })[0]?.value).toBe(value);
      }),
    );
  });

  it.each([
    'rate',
    '=1',
    '.rate=1',
    'traffic.=1',
    'traffic..rate=1',
    'traffic rate=1',
    'thresholds.failed{x=1',
  ])('refuses %j with an example', (written) => {
    expect(() => paths(written)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `--set expects path=value, found ${JSON.stringify(written)}`,
        hint: expect.stringContaining('--set traffic.rate=100/s') as string,
      }),
    );
  });
});

describe('--scale and --seed', () => {
  it('come after --set, so that they win', () => {
    const overrides = overridesOf({ set: ['scale=1', 'seed=1'], scale: '0.5', seed: '7' });
    expect(overrides.map(({ written }) => written)).toEqual([
      '--set scale=1',
      '--set seed=1',
      '--scale 0.5',
      '--seed 7',
    ]);
  });

  it('are not there when they were not given', () => {
    expect(overridesOf(NOTHING)).toEqual([]);
  });
});
