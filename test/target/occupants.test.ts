import { expect, it } from 'vitest';

import { occupants } from '#rooms/target/occupants.js';

const ROW = {
  role: 'ann',
  application: 'psql',
  address: '10.0.0.7',
  state: 'idle',
  type: 'client backend',
  total: '1',
};

it.each([
  [ROW, 'psql of ann from 10.0.0.7 (idle)'],
  [{ ...ROW, address: null, state: null, type: null }, 'psql of ann'],
  [{ ...ROW, application: '', address: null }, 'a session of ann (idle)'],
  [{ ...ROW, role: null, application: '', type: 'logical replication worker' }, 'logical replication worker'],
  [{ ...ROW, role: null, application: '', type: null }, 'a background process'],
])('whoever is connected is told in a few words: %j', (row, told) => {
  expect(occupants([row])).toEqual([told]);
});

it('of many some are named, and the rest is counted', () => {
  expect(occupants([{ ...ROW, total: '40' }])).toEqual(['psql of ann from 10.0.0.7 (idle)', '39 more']);
  expect(occupants([])).toEqual([]);
});
