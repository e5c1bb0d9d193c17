import { describe, expect, it } from 'vitest';

import { Failure } from '#rooms/errors.js';
import { seedFailure } from '#rooms/seed/failure.js';

const WORK = { doing: 'loading orders', where: 'table orders, 500 of 1000 rows sent' };

describe('an error while seeding', () => {
  it('that did not come from the server is a lost connection', () => {
    expect(seedFailure(new Error('read ECONNRESET'), WORK)).toMatchObject({
      code: 'target.lost',
      message: 'the connection was lost while loading orders: read ECONNRESET',
      where: WORK.where,
    });
  });

  it('that is a failure already stays itself', () => {
    const failure = new Failure('dataset.impossible', { message: 'no' });
    expect(seedFailure(failure, WORK)).toBe(failure);
  });
});
