import { expect, it } from 'vitest';

import { passwordFor, passwordIn } from '#rooms/target/password-file.js';

const WHERE = { host: 'db', port: 5432, database: 'shop', user: 'me' };

it.each([
  ['db:5432:shop:me:secret', 'secret'],
  ['# db:5432:shop:me:comment\nother:5432:shop:me:no\n*:*:*:me:any', 'any'],
  [String.raw`db:5432:shop:me:a\:b\\c`, String.raw`a:b\c`],
  ['db:5432:shop:me:first\ndb:5432:shop:me:second', 'first'],
  ['db:5433:shop:me:port\ndb:5432:shop:you:user', ''],
  ['db:5432:shop:me', ''],
  ['', ''],
])('%j has the password %j', (file, password) => {
  expect(passwordIn(file, WHERE)).toBe(password);
});

it('a socket is looked up as localhost', () => {
  expect(passwordIn('localhost:*:*:*:it', { ...WHERE, host: '/run/postgresql' })).toBe('it');
});

it('a given password needs no file', () => {
  expect(passwordFor({ ...WHERE, password: 'given' }, { PGPASSFILE: '/nowhere' })).toBe('given');
  expect(passwordFor({ ...WHERE, password: '' }, { PGPASSFILE: '/nowhere' })).toBe('');
});
