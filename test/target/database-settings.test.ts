import { expect, it } from 'vitest';

import { privilegesIn, valueOf } from '#rooms/target/database-settings.js';

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

it.each([
  ['that nobody ever changed', [{ changed: false, statement: null }], []],
  ['that were all taken', [{ changed: true, statement: null }], ['REVOKE']],
  ['that some have', [{ changed: true, statement: 'GRANT' }], ['REVOKE', 'GRANT']],
])('of privileges %s a copy has the same', (_, rows, statements) => {
  const made = privilegesIn(rows, { target: 'a copy', owner: '"ann"' });
  expect(made.map((one) => one.split(' ')[0])).toEqual(statements);
  if (made.length > 0) expect(made[0]).toBe('REVOKE ALL ON DATABASE "a copy" FROM PUBLIC, "ann"');
});
