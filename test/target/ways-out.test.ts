import { expect, it } from 'vitest';

import { waysOutSentences } from '#rooms/target/ways-out.js';

it('each kind of way out of a database is one sentence with the names', () => {
  expect(
    waysOutSentences([
      { kind: 'extension', name: 'dblink' },
      { kind: 'extension', name: 'pg_net' },
      { kind: 'server', name: 'archive (postgres_fdw)' },
      { kind: 'subscription', name: 'news' },
    ]),
  ).toEqual([
    'what is written to foreign tables reaches the real servers, from a copy as well: archive (postgres_fdw)',
    'what is sent through dblink, pg_net reaches the real servers, from a copy as well',
    'changes of another server come into the database by subscription: news',
  ]);
  expect(waysOutSentences([])).toEqual([]);
});
