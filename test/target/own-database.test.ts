import { expect, it } from 'vitest';

import {
  asideName,
  bearsOurWords,
  keptComment,
  keptNameOf,
  ownComment,
  ownDatabase,
  runDatabaseName,
  templateName,
  withoutOurWords,
} from '#rooms/target/own-database.js';

const KEY = '0123456789abcdef0123';
const TEMPLATE = templateName(KEY, '16384');
const DATASET = `pg-rehearse: dataset shop, scale 1, seed 1, sha256:${KEY}`;

const seen = (name: string, comment: string, isUnfinished = false) =>
  ownDatabase({ name, comment, isUnfinished });

it('what a killed harness leaves is dropped once its name is free', () => {
  const run = runDatabaseName();
  expect(seen(run, ownComment(''))).toEqual({
    name: run,
    kind: 'database',
    wasOfOthers: false,
    locked: run,
  });
  const aside = asideName();
  expect(seen(aside, ownComment('it was shop'))).toEqual({
    name: aside,
    kind: 'database',
    wasOfOthers: true,
    locked: aside,
  });
});

it('a dataset is whole when its comment says which one it is, else its load was interrupted', () => {
  const its = { name: TEMPLATE, locked: TEMPLATE, wasOfOthers: false };
  expect(seen(TEMPLATE, ownComment(DATASET))).toEqual({ ...its, kind: 'dataset' });
  expect(seen(TEMPLATE, ownComment(''))).toEqual({ ...its, kind: 'interrupted load' });
  expect(seen(TEMPLATE, ownComment(DATASET.replace('0123', '9123')))?.kind).toBe('interrupted load');
});

it.each([runDatabaseName(), asideName(), TEMPLATE])(
  'the name %s alone makes nothing ours: our words do, or that nobody could ever get in',
  (name) => {
    for (const comment of ['', 'keep me', DATASET, `of the team\n${ownComment('')}`])
      expect(seen(name, comment)).toBeUndefined();
    expect(seen(name, '', true)).toMatchObject({ name });
  },
);

it('a kept database is told apart, also where it could not be renamed', () => {
  const run = runDatabaseName();
  const kept = keptNameOf(run);
  expect(kept).toMatch(/^rehearse_kept_[0-9a-f]{12}$/);
  for (const name of [run, kept])
    for (const more of ['', DATASET]) expect(seen(name, keptComment(more))?.kind).toBe('kept database');
  expect(seen(kept, ownComment(DATASET))?.kind).toBe('kept database');
  expect(seen(run, ownComment(`${DATASET}\nkept (--keep)`))?.kind).toBe('database');
  expect(seen(kept, 'of the team')).toBeUndefined();
});

it.each([
  'rehearsal',
  'rehearse',
  'rehearse_run_mine',
  'my_rehearse_run_0123456789ab',
  'rehearse_0123456789abcdef',
  'rehearse_0123',
])('is not ours by its name: %s', (name) => {
  expect(seen(name, ownComment(DATASET))).toBeUndefined();
  expect(seen(name, '', true)).toBeUndefined();
});

it('roles have templates of their own', () => {
  expect(templateName(KEY, '10')).not.toBe(TEMPLATE);
});

it('our words stand before what else a comment says, and go again', () => {
  expect(bearsOurWords(ownComment(DATASET))).toBe(true);
  expect(withoutOurWords(ownComment(DATASET))).toBe(DATASET);
  expect(withoutOurWords(ownComment(''))).toBe('');
  expect(withoutOurWords('of the team')).toBe('of the team');
});
