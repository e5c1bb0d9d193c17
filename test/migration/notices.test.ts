import { expect, it } from 'vitest';

import { spokenNotices } from '#rooms/migration/notices.js';

const notice = (severity: string, message: string) => ({ severity, sqlState: '00000', message });

it('what the server says to people is kept in its order, without its log', () => {
  const exists = notice('NOTICE', 'column "a" of relation "orders" already exists, skipping');
  const none = notice('WARNING', 'there is no transaction in progress');
  expect(spokenNotices([exists, notice('LOG', 'statement: SELECT 1'), none])).toEqual([exists, none]);
});
