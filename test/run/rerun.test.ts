import { describe, expect, it } from 'vitest';

import type { MigrationRun } from '#rooms/migration/index.js';
import { judged } from '#rooms/run/rerun.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

import { statement, step } from './evidence.ts';

const NOTHING = { changes: [], rows: [], leftovers: [] };

const run = (...steps: readonly Parameters<typeof step>[0][]): MigrationRun => ({
  startedAt: ms(0),
  duration: ms(20),
  outcome: steps.some((one) => one?.error !== undefined) ? 'failed' : 'applied',
  steps: steps.map(step),
});

const FAILED = { outcome: 'failed', error: { message: 'relation "a" already exists' } } as const;
const ROW = { relation: 'orders', inserted: 1, updated: 0, deleted: 0 };

describe('a second run', () => {
  it('that does nothing left everything unchanged', () => {
    expect(judged(run({}), NOTHING)).toEqual({
      ...NOTHING,
      outcome: 'unchanged',
      duration: 20,
      rewritten: [],
    });
  });

  it('that fails and leaves nothing failed cleanly, with the error and its step', () => {
    expect(judged(run({}, FAILED), NOTHING)).toMatchObject({
      outcome: 'failed-cleanly',
      step: 1,
      error: 'relation "a" already exists',
    });
  });

  it.each([
    ['rows', { rows: [ROW] }],
    [
      'the schema',
      { changes: [{ change: 'added', fact: { kind: 'column', relation: 'a', name: 'b', definition: '' } }] },
    ],
    ['a leftover', { leftovers: [{ kind: 'invalid-index', name: 'i', relation: 'a' }] }],
  ] as const)('that leaves %s behind changed something, or stopped half-way', (_, left) => {
    expect(judged(run({}), { ...NOTHING, ...left }).outcome).toBe('changed');
    expect(judged(run(FAILED), { ...NOTHING, ...left }).outcome).toBe('left-half-done');
  });

  it('that writes a table anew did its work again', () => {
    const rewritten = [{ relation: 'orders', bytes: bytes(1), rows: 1 }];
    const again = statement({ rewritten });
    expect(judged(run({ statements: [again, again] }), NOTHING)).toMatchObject({
      outcome: 'changed',
      rewritten: ['orders'],
    });
  });
});
