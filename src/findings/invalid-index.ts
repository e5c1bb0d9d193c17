import { quoteRelation } from '../postgres/index.ts';
import type { Leftover } from '../result/index.ts';

import { leftoverDetector } from './leftover-finding.ts';

/** What a CONCURRENTLY that failed or was cancelled leaves of its index. */
export const invalidIndex = leftoverDetector({
  'invalid-index': {
    severity: 'warning',
    title: ({ name, relation }) => `the index ${name} on ${relation} is invalid`,
    why: 'every write keeps it up to date, and no query uses it; IF NOT EXISTS takes it for the index that is wanted',
    safer: dropIndex,
  },
  'not-ready-index': {
    severity: 'warning',
    title: ({ name, relation }) => `the index ${name} on ${relation} was never finished`,
    why: 'nothing uses it, but updates of its columns can not be heap-only any more',
    safer: dropIndex,
  },
});

/** REINDEX CONCURRENTLY names its new index _ccnew, and the old one that it could not drop _ccold (manual, REINDEX). */
function dropIndex({ name }: Leftover): string {
  const drop = `DROP INDEX CONCURRENTLY ${quoteRelation(name)};`;
  if (/_ccold\d*$/.test(name)) return `drop it: the index was rebuilt, and this is the old one\n${drop}`;
  if (/_ccnew\d*$/.test(name)) return `drop it and run REINDEX CONCURRENTLY again\n${drop}`;
  return `drop it and build it again, without a short lock_timeout and while no long transaction runs\n${drop}`;
}
