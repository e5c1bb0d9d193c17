import { expect, it } from 'vitest';

import { circleLines, deadlocksInLog, parseDeadlockDetail } from '#rooms/postgres/index.js';

const DETAIL = `Process 11 waits for ShareRowExclusiveLock on relation 16400 of database 5; blocked by process 12.
Process 12 waits for ShareLock on transaction 771; blocked by process 13.
Process 13 waits for RowExclusiveLock on relation 16410 of database 5; blocked by process 11.`;

it('a circle begins with the one that is asked for', () => {
  expect(parseDeadlockDetail(DETAIL, 12)).toEqual([
    { pid: 12, mode: 'ShareLock', lockType: 'transactionid', relation: undefined, blockedBy: 13 },
    { pid: 13, mode: 'RowExclusiveLock', lockType: 'relation', relation: 16410, blockedBy: 11 },
    { pid: 11, mode: 'ShareRowExclusiveLock', lockType: 'relation', relation: 16400, blockedBy: 12 },
  ]);
  expect(parseDeadlockDetail('Key (id)=(1) already exists.', 12)).toEqual([]);
});

it("the server's log adds every statement, also of several lines", () => {
  const log = `2026-11-28 02:11:40.100 UTC [11] ERROR:  deadlock detected
2026-11-28 02:11:40.100 UTC [11] DETAIL:  ${DETAIL.replaceAll('\n', '\n\t')}
\tProcess 11: ALTER TABLE payments
\t  ADD FOREIGN KEY (order_id) REFERENCES orders
\tProcess 12: UPDATE orders SET paid = true WHERE id = $1
\tProcess 13: INSERT INTO payments VALUES ($1)
2026-11-28 02:11:40.100 UTC [11] HINT:  See server log for query details.
2026-11-28 02:11:40.200 UTC [14] ERROR:  duplicate key value violates unique constraint "x"
2026-11-28 02:11:40.200 UTC [14] DETAIL:  Key (id)=(1) already exists.
`;
  expect(deadlocksInLog(log)).toEqual([
    {
      circle: circleLines(DETAIL),
      statements: new Map([
        [11, 'ALTER TABLE payments\n  ADD FOREIGN KEY (order_id) REFERENCES orders'],
        [12, 'UPDATE orders SET paid = true WHERE id = $1'],
        [13, 'INSERT INTO payments VALUES ($1)'],
      ]),
    },
  ]);
  expect(deadlocksInLog('')).toEqual([]);
});
