import { expect, it } from 'vitest';

import { spokenNotices } from '#rooms/migration/notices.js';

const notice = (severity: string, message: string) => ({ severity, sqlState: '00000', message });

it('what the server says to people is kept in its order, without its log', () => {
  expect(
    spokenNotices([
      notice('NOTICE', 'column "a" of relation "orders" already exists, skipping'),
      notice('LOG', 'statement: SELECT 1'),
      notice('WARNING', 'there is no transaction in progress'),
    ]),
  ).toEqual([
    'NOTICE: column "a" of relation "orders" already exists, skipping',
    'WARNING: there is no transaction in progress',
  ]);
});
