import { expect, it } from 'vitest';

import { refusalOf } from '#rooms/migration/witness/entry.js';
import { cString, message } from '#rooms/target/index.js';

const ENTRY = { user: 'app', database: 'shop', password: 'secret' };

const refused = (given: Readonly<Record<string, string>>, password = 'secret', type = 'p') =>
  refusalOf(message(type, cString(password)), new Map(Object.entries(given)), ENTRY)?.sqlState;

it.each([
  [{ user: 'app', database: 'shop' }, undefined],
  [{ user: 'app', database: 'postgres' }, '28000'],
  [{ user: 'boss', database: 'shop' }, '28000'],
  // Its database would be `app`.
  [{ user: 'app' }, '28000'],
  [{}, '28000'],
])('who knows the password and asks for %j', (given, expected) => {
  expect(refused(given)).toBe(expected);
});

it.each(['', 'secre', 'secret ', 'Secret', 'other!'])('another password: %j', (password) => {
  expect(refused({ user: 'app', database: 'shop' }, password)).toBe('28P01');
  // It does not learn what would be right.
  expect(refused({ user: 'boss', database: 'x' }, password)).toBe('28P01');
});

it('anything but a password', () => {
  expect(refused({ user: 'app', database: 'shop' }, 'secret', 'Q')).toBe('08P01');
});
