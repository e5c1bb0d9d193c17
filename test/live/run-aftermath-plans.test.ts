import { describe, expect, it } from 'vitest';

import { ledger } from './ledger.js';
import { newHome, only, rehearse } from './rehearsal.js';
import { OTHER_BIN, USUAL_NAME } from './server.js';

/* What a migration does to the traffic's plans and to the work on its tables. */

const TRAFFIC = {
  connections: 4,
  rate: '150/s',
  mix: { entries_of: 1, move: 1 },
  transactions: {
    entries_of: {
      query: 'SELECT sum(amount) FROM entries WHERE account_id = :account',
      params: { account: 'accounts.id' },
    },
    move: {
      query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :account',
      params: { account: 'accounts.id' },
    },
  },
};

describe.each([
  { server: USUAL_NAME, words: [], isThere: true },
  {
    server: 'the installed one',
    words: ['--pg-bin', OTHER_BIN ?? ''],
    isThere: OTHER_BIN !== undefined,
  },
])('on a server, $server,', ({ words, isThere }) => {
  it.skipIf(!isThere)(
    'a dropped index, and one that nobody wants, show in plans, work and findings',
    async () => {
      await using own = newHome();
      const scenario = ledger(own.files, {
        entries: 20_000,
        traffic: TRAFFIC,
        phases: { baseline: '2s', recovery: '3s' },
        migration: [
          { sql: 'CREATE INDEX accounts_balance ON accounts (balance)' },
          { sql: 'DROP INDEX entries_account_id_idx' },
        ],
        indexed: true,
      });
      const { report } = only(await rehearse(own, [scenario, ...words]));
      const { aftermath } = report;
      expect(aftermath?.schemaChanges.map(({ change, fact }) => `${change} ${fact.name}`)).toEqual([
        'added accounts_balance',
        'removed entries_account_id_idx',
      ]);
      expect(aftermath?.plansCompared).toBe(2);
      // A small table may be planned otherwise at any time.
      expect(aftermath?.planChanges).toContainEqual(expect.objectContaining({ transaction: 'entries_of' }));
      expect(aftermath?.activity.map(({ phase }) => phase)).toEqual(['baseline', 'migration', 'recovery']);
      const seqScans = (phase: string) =>
        aftermath?.activity
          .find((one) => one.phase === phase)
          ?.tables.find(({ relation }) => relation === 'entries')?.seqScans;
      expect(seqScans('baseline')).toBe(0);
      expect(seqScans('recovery')).toBeGreaterThan(20);
      expect(aftermath?.newIndexes).toMatchObject([
        { name: 'accounts_balance', columns: ['balance'], scans: 0 },
      ]);
      expect(aftermath?.updatedColumns).toEqual([{ relation: 'accounts', columns: ['balance'] }]);
      const found = report.judgement?.findings.map(({ id }) => id);
      expect(found).toEqual(expect.arrayContaining(['plan-changed', 'index-unused']));
    },
  );
});
