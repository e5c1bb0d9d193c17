import { expect, it } from 'vitest';

import {
  asideName,
  keptDatabaseName,
  lockedName,
  runDatabaseName,
  templateName,
} from '#rooms/target/own-database.js';

const TEMPLATE = templateName('0123456789abcdef0123');

it('what a killed harness leaves is dropped once its name is free', () => {
  const run = runDatabaseName();
  expect(lockedName(run, false)).toBe(run);
  expect(lockedName(asideName(TEMPLATE), false)).toBe(TEMPLATE);
});

it('a template stays unless it is asked for, a kept database stays', () => {
  expect(lockedName(TEMPLATE, false)).toBeUndefined();
  expect(lockedName(TEMPLATE, true)).toBe(TEMPLATE);
  expect(lockedName(keptDatabaseName(), true)).toBeUndefined();
});

it.each(['rehearsal', 'rehearse', 'rehearse_run_mine', 'my_rehearse_run_0123456789ab', 'rehearse_0123'])(
  'is not ours by its name: %s',
  (name) => {
    expect(lockedName(name, true)).toBeUndefined();
  },
);
