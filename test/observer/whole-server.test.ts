import { expect, it } from 'vitest';

import {
  sharedChanges,
  unreadable,
  withoutDatabase,
  withSchema,
  type SharedFact,
} from '#rooms/observer/whole-server.js';

const fact = (object: string, name: string, aspect = '', value = ''): SharedFact => ({
  object,
  name,
  aspect,
  value,
  shown: '',
});
const roles = (...facts: readonly SharedFact[]) => new Map([['roles', facts]]);
const MAN = fact('role 1', 'role man');
const OWNED = (owner: string) => ({
  ...fact('database 7', 'database team', 'owner', owner),
  shown: `role-${owner}`,
});
const TEAM = fact('database 7', 'database team');

it('nothing is different where nothing is', () => {
  expect(sharedChanges(roles(MAN, TEAM, OWNED('1')), roles(OWNED('1'), TEAM, MAN))).toEqual([]);
});

it('what came, went or has another name is told once, without all that is said of it', () => {
  const attributes = (object: string) => fact(object, 'role x', 'attributes', 'LOGIN');
  expect(sharedChanges(roles(MAN), roles(MAN, fact('role 2', 'role app_ro'), attributes('role 2')))).toEqual([
    'role app_ro was created',
  ]);
  expect(sharedChanges(roles(MAN, attributes('role 1')), roles())).toEqual(['role man was dropped']);
  expect(sharedChanges(roles(MAN), roles(fact('role 1', 'role woman')))).toEqual([
    'role man is called role woman now',
  ]);
  // Dropped and made anew.
  expect(sharedChanges(roles(MAN), roles(fact('role 3', 'role man')))).toEqual([
    'role man was dropped',
    'role man was created',
  ]);
});

it('an owner is told with both names, a setting and a password without their values', () => {
  expect(sharedChanges(roles(TEAM, OWNED('1')), roles(TEAM, OWNED('2')))).toEqual([
    'database team: owner changed from role-1 to role-2',
  ]);
  const setting = (value: string) => fact('role 1', 'role man', 'setting app.secret', value);
  const password = (value: string) => fact('role 1', 'role man', 'password', value);
  const found = [
    sharedChanges(roles(MAN), roles(MAN, setting('sesame'))),
    sharedChanges(roles(MAN, setting('a')), roles(MAN, setting('sesame'))),
    sharedChanges(roles(MAN, setting('sesame')), roles(MAN)),
    sharedChanges(roles(MAN, password('1')), roles(MAN, password('2'))),
  ];
  expect(found.flat()).toEqual([
    'role man: setting app.secret added',
    'role man: setting app.secret changed',
    'role man: setting app.secret removed',
    'role man: password changed',
  ]);
});

it('the configuration belongs to nothing that could come or go', () => {
  const setting = fact('server', 'the server', 'setting work_mem of ALTER SYSTEM', '1MB');
  expect(sharedChanges(roles(), roles(setting))).toEqual([
    'the server: setting work_mem of ALTER SYSTEM added',
  ]);
  expect(sharedChanges(roles(setting), roles())).toEqual([
    'the server: setting work_mem of ALTER SYSTEM removed',
  ]);
});

it('what could be read once only is not compared, which is said', () => {
  const both = new Map([
    ['roles', [MAN]],
    ['passwords', [fact('role 1', 'role man', 'password', '1')]],
  ]);
  expect(sharedChanges(both, roles(MAN))).toEqual([]);
  expect(sharedChanges(roles(MAN), both)).toEqual([]);
  expect(unreadable(roles(MAN))).toEqual([
    expect.stringMatching(/passwords \(pg_authid\), .*configuration \(pg_file_settings\)/),
  ]);
});

it('the schema of a database is compared beside it; of a database that is made or filled nothing is', () => {
  const column = (name: string, definition: string) =>
    ({ kind: 'column', relation: 'orders', name, definition }) as const;
  const table = { kind: 'table', relation: '', name: 'orders', definition: 'TABLE' } as const;
  const before = withSchema(roles(MAN), 'team', [table, column('id', 'integer'), column('old', 'text')]);
  const after = withSchema(roles(MAN, TEAM), 'team', [table, column('id', 'bigint'), column('new', 'text')]);
  expect(sharedChanges(before, after)).toEqual([
    'database team: column id of orders changed',
    'database team: column old of orders removed',
    'database team was created',
    'database team: column new of orders added',
  ]);
  expect(sharedChanges(withoutDatabase(before, 'team'), withoutDatabase(after, 'team'))).toEqual([]);
});
