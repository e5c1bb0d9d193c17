import { expect, it } from 'vitest';

import { deadlocksOf, type DeadlockEvidence } from '#rooms/run/deadlocks.js';
import { milliseconds as ms } from '#rooms/units.js';

import { trafficPlan } from '../plan/sample.ts';
import { statement, step, wait } from './evidence.ts';

const DETAIL = `Process 2 waits for AccessExclusiveLock on relation 16400 of database 5; blocked by process 11.
Process 11 waits for RowExclusiveLock on relation 16410 of database 5; blocked by process 2.`;

const EVIDENCE: DeadlockEvidence = {
  plan: trafficPlan({}),
  migration: {
    startedAt: ms(10_000),
    duration: ms(5_000),
    outcome: 'applied',
    steps: [step({ statements: [statement({ text: 'ALTER TABLE a ADD x int' })] })],
  },
  lockWaits: [],
  observation: {
    relationNames: new Map([
      [16400, 'a'],
      [16410, 'b'],
    ]),
    sessionNames: new Map(),
  },
  pids: [11],
};
const HEARD = { pid: 11, at: ms(12_000), statement: 'INSERT INTO b\n VALUES (1)', detail: DETAIL };

it('both sides are named, the victim first, by what it and the migration ran', () => {
  expect(deadlocksOf({ heard: [HEARD], log: '' }, EVIDENCE)).toMatchObject([
    {
      at: 12_000,
      participants: [
        {
          session: { pid: 11, kind: 'traffic', query: 'INSERT INTO b VALUES (1)' },
          relation: 'b',
          mode: 'RowExclusiveLock',
          blockedBy: 2,
          cancelled: true,
        },
        {
          session: { pid: 2, kind: 'migration', name: 'step 1', query: 'ALTER TABLE a ADD x int' },
          relation: 'a',
          cancelled: false,
        },
      ],
    },
  ]);
});

it("a survivor of the traffic is known from the server's log, or from what was seen of it", () => {
  const heard = { ...HEARD, pid: 2, statement: 'ALTER TABLE a ADD x int' };
  const queryOf = (log: string, lockWaits: DeadlockEvidence['lockWaits']) =>
    deadlocksOf({ heard: [heard], log }, { ...EVIDENCE, lockWaits })[0]?.participants[1]?.session.query;
  const log = `ERROR:  deadlock detected\nDETAIL:  ${DETAIL.replaceAll('\n', '\n\t')}\n\tProcess 2: ALTER\n\tProcess 11: INSERT INTO b VALUES ($1)\n`;
  expect(queryOf(log, [])).toBe('INSERT INTO b VALUES ($1)');
  const seen = wait(11_900, 105, { waiter: { pid: 11, kind: 'traffic', name: '', query: 'INSERT INTO b' } });
  expect(queryOf('', [seen])).toBe('INSERT INTO b');
  expect(queryOf('', [])).toBe('');
});
