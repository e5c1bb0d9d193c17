import { expect, it } from 'vitest';

import {
  asideName,
  keptDatabaseName,
  ownDatabase,
  runDatabaseName,
  templateName,
} from '#rooms/target/own-database.js';

const KEY = '0123456789abcdef0123';
const TEMPLATE = templateName(KEY);
const WHOLE = `pg-rehearse: dataset shop, scale 1, seed 1, sha256:${KEY}`;

it('what a killed harness leaves is dropped once its name is free', () => {
  const run = runDatabaseName();
  expect(ownDatabase(run, '')).toEqual({ name: run, kind: 'database', locked: run });
  const aside = asideName(TEMPLATE);
  expect(ownDatabase(aside, '')).toEqual({ name: aside, kind: 'database', locked: TEMPLATE });
});

it('a dataset is whole when its comment says which one it is, else its load was interrupted', () => {
  const its = { name: TEMPLATE, locked: TEMPLATE };
  expect(ownDatabase(TEMPLATE, WHOLE)).toEqual({ ...its, kind: 'dataset' });
  expect(ownDatabase(TEMPLATE, '')).toEqual({ ...its, kind: 'interrupted load' });
  expect(ownDatabase(TEMPLATE, WHOLE.replace('0123', '9123'))?.kind).toBe('interrupted load');
});

it('a kept database stays', () => {
  expect(ownDatabase(keptDatabaseName(), WHOLE)).toBeUndefined();
});

it.each(['rehearsal', 'rehearse', 'rehearse_run_mine', 'my_rehearse_run_0123456789ab', 'rehearse_0123'])(
  'is not ours by its name: %s',
  (name) => {
    expect(ownDatabase(name, WHOLE)).toBeUndefined();
  },
);
