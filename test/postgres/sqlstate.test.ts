import { expect, it } from 'vitest';

import { classifyError } from '#rooms/postgres/index.js';

it.each([
  ['40001', 'serialization'],
  ['40P01', 'deadlock'],
  ['55P03', 'lock_timeout'],
  ['57014', 'cancelled'],
  ['42703', 'schema_drift'],
  ['42P01', 'schema_drift'],
  ['23505', 'constraint'],
  ['23503', 'constraint'],
  ['53100', 'disk_full'],
  ['53300', 'connection'],
  ['57P01', 'connection'],
  ['08006', 'connection'],
  ['08P01', 'other'],
  ['0A000', 'other'],
  ['22012', 'other'],
  ['XX000', 'other'],
])('%s is %s', (state, kind) => {
  expect(classifyError(state, 'some message')).toBe(kind);
});

it('an unsupported feature with the words of an invalidated plan is one', () => {
  expect(classifyError('0A000', 'cached plan must not change result type')).toBe('plan_invalidated');
});

it('an error without a state did not come from the server', () => {
  expect(classifyError(undefined, 'read ECONNRESET')).toBe('connection');
});
