import { describe, expect, it } from 'vitest';

import { understandNotices } from '#rooms/migration/notices.js';

const notice = (severity: string, message: string) => ({ severity, sqlState: '00000', message });
const log = (message: string) => notice('LOG', message);

describe('what the server says', () => {
  it('of lock waits is added up', () => {
    const heard = understandNotices([
      log(
        'process 12 still waiting for AccessExclusiveLock on relation 16385 of database 5 after 1000.101 ms',
      ),
      log('process 12 acquired AccessExclusiveLock on relation 16385 of database 5 after 2003.115 ms'),
      log('process 12 acquired ShareLock on transaction 744 after 1500.5 ms'),
    ]);
    expect(heard).toEqual({ waited: 3_503.615, notices: [] });
  });

  it('for people is kept, in its order', () => {
    expect(
      understandNotices([
        notice('NOTICE', 'column "a" of relation "orders" already exists, skipping'),
        log('statement: SELECT 1'),
        notice('WARNING', 'there is no transaction in progress'),
      ]),
    ).toEqual({
      waited: 0,
      notices: [
        {
          severity: 'NOTICE',
          sqlState: '00000',
          message: 'column "a" of relation "orders" already exists, skipping',
        },
        { severity: 'WARNING', sqlState: '00000', message: 'there is no transaction in progress' },
      ],
    });
  });

  it('in the words of a lock wait, but with more around it, is none', () => {
    const message = 'I said: process 12 acquired ShareLock on transaction 744 after 1500.5 ms';
    expect(understandNotices([notice('NOTICE', message)]).waited).toBe(0);
  });
});
