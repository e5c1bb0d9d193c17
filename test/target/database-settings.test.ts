import { expect, it } from 'vitest';

import { valueOf } from '#rooms/target/database-settings.js';

it.each([
  ['work_mem', '64MB', "'64MB'"],
  ['timezone', "it's", "'it''s'"],
  ['search_path', 'app, public', "'app', 'public'"],
  ['search_path', '"$user", "My ""App"""', `'$user', 'My "App"'`],
  ['search_path', "app'; DROP TABLE x", "'app'';', 'DROP', 'TABLE', 'x'"],
  ['search_path', '', "''"],
])('%s = %s', (name, value, sql) => {
  expect(valueOf(name, value)).toBe(sql);
});
