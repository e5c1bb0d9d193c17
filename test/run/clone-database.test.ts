import { expect, it } from 'vitest';

import { forbidsWriting } from '#rooms/run/clone-database.js';

it.each([
  ['default_transaction_read_only', 'on', true],
  ['Default_Transaction_Read_Only', 'TRUE', true],
  ['default_transaction_read_only', 'off', false],
  ['default_transaction_deferrable', 'on', false],
])('%s = %s keeps a migration from writing: %s', (name, value, forbids) => {
  expect(forbidsWriting({ role: undefined, name, value })).toBe(forbids);
});
