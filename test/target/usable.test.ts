import { expect, it } from 'vitest';

import { problemOf } from '#rooms/target/usable.js';

const primary = (version: string, versionNumber: number) => ({ version, versionNumber, isStandby: false });

it.each([primary('14.0', 140_000), primary('15.18', 150_018), primary('19.1', 190_001)])(
  'PostgreSQL $version can be rehearsed on',
  (state) => {
    expect(problemOf(state)).toBeUndefined();
  },
);

it.each([primary('13.14 (Debian 13.14-0+deb11u1)', 130_014), primary('9.6.24', 90_624)])(
  'PostgreSQL $version is too old, and is told so',
  (state) => {
    expect(problemOf(state)).toMatchObject({
      message: `expected PostgreSQL 14 or later, found ${state.version}`,
    });
  },
);

it('a standby can not be written to', () => {
  expect(problemOf({ ...primary('18.4', 180_004), isStandby: true })).toMatchObject({
    message: 'expected a server that can be written to, found a standby (pg_is_in_recovery)',
  });
});
