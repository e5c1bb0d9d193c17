import { describe, expect, it } from 'vitest';

import { Fold, type LockSeen, type Sample, type WaitSeen } from '#rooms/observer/index.js';
import type { SessionLabel } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

const REPORT = 1;
const MIGRATION = 2;
const [ONE, OTHER, THIRD] = [11, 12, 13];

const label = (pid: number, kind: SessionLabel['kind'], name = ''): [number, SessionLabel] => [
  pid,
  { pid, kind, name, query: `query of ${pid}` },
];

const SESSIONS = new Map([
  label(REPORT, 'actor', 'monthly_report'),
  label(MIGRATION, 'migration', 'add column'),
  label(ONE, 'traffic'),
  label(OTHER, 'traffic'),
  label(THIRD, 'traffic'),
]);

const EPOCH = 1_700_000_000_000;

/** `jitter`: each sample maps the server's clock a little differently. */
function waiting(
  pid: number,
  since: number,
  blockers: readonly number[],
  changes: Partial<WaitSeen> & { jitter?: number } = {},
): WaitSeen {
  const { jitter = 0, ...rest } = changes;
  return {
    pid,
    lockType: 'relation',
    relation: 'orders',
    mode: pid === MIGRATION ? 'AccessExclusiveLock' : 'RowExclusiveLock',
    since: ms(since + jitter),
    serverStart: EPOCH + since,
    blockers,
    ...rest,
  };
}

const sample = (at: number, waits: readonly WaitSeen[], changes: Partial<Sample> = {}): Sample => ({
  at: ms(at),
  waits,
  sessions: SESSIONS,
  locks: [],
  builds: [],
  step: 0,
  ...changes,
});

function fold(...samples: readonly Sample[]) {
  const folded = new Fold();
  for (const one of samples) folded.add(one);
  return folded.result();
}

describe('a lock wait', () => {
  it('lasts from its begin to the middle between its last sample and the next', () => {
    const { lockWaits } = fold(
      sample(1_000, []),
      sample(1_050, [waiting(ONE, 1_010, [MIGRATION])]),
      sample(1_100, [waiting(ONE, 1_010, [MIGRATION])]),
      sample(1_150, []),
    );
    expect(lockWaits).toEqual([
      {
        waiter: SESSIONS.get(ONE),
        lockType: 'relation',
        relation: 'orders',
        mode: 'RowExclusiveLock',
        startedAt: 1_010,
        duration: 115,
        timing: 'sampled',
        end: 'unseen',
        blockers: [SESSIONS.get(MIGRATION)],
        root: SESSIONS.get(MIGRATION),
        step: 0,
      },
    ]);
  });

  it('stays one wait although each sample estimates its begin anew', () => {
    const jitters = [0, 0.7, -1.3, 2.6, -0.4];
    const samples = jitters.map((jitter, index) =>
      sample(1_050 + index * 50, [waiting(ONE, 1_010, [MIGRATION], { jitter })]),
    );
    const { lockWaits, chains } = fold(...samples, sample(1_300, []));
    expect(lockWaits).toMatchObject([{ startedAt: 1_010, duration: 265 }]);
    expect(chains).toMatchObject([{ waits: 1 }]);
  });

  it('that follows another of the same session for the same lock is another one', () => {
    const { lockWaits } = fold(
      sample(1_050, [waiting(ONE, 1_010, [MIGRATION])]),
      sample(1_100, [waiting(ONE, 1_080, [MIGRATION])]),
      sample(1_150, []),
    );
    expect(lockWaits.map(({ startedAt, duration }) => [startedAt, duration])).toEqual([
      [1_010, 65],
      [1_080, 45],
    ]);
  });

  it('that has not ended when the observer stops lasts until its last sample', () => {
    expect(fold(sample(1_050, [waiting(ONE, 1_000, [MIGRATION])])).lockWaits).toMatchObject([
      { startedAt: 1_000, duration: 50 },
    ]);
  });

  it('for a row or a transaction has no relation', () => {
    const wait = waiting(ONE, 1_000, [OTHER], { lockType: 'transactionid', relation: '', mode: 'ShareLock' });
    const { lockWaits, chains } = fold(sample(1_050, [wait]));
    expect(lockWaits).toMatchObject([{ lockType: 'transactionid', relation: '', root: { pid: OTHER } }]);
    expect(chains).toMatchObject([{ relations: [] }]);
  });

  it('for somebody who is gone, or for a prepared transaction, says so', () => {
    const { lockWaits } = fold(sample(1_050, [waiting(ONE, 1_000, [99]), waiting(OTHER, 1_000, [0])]));
    expect(lockWaits.map(({ root }) => root)).toEqual([
      { pid: 99, kind: 'other', name: 'gone', query: '' },
      { pid: 0, kind: 'other', name: 'prepared transaction', query: '' },
    ]);
  });

  it('beyond ten thousand is counted', () => {
    const many = Array.from({ length: 10_003 }, (_, index) => waiting(1_000 + index, 0, [MIGRATION]));
    const { lockWaits, leftOut } = fold(sample(50, many));
    expect([lockWaits.length, leftOut]).toEqual([10_000, 3]);
  });
});

describe('a lock wait belongs to the step', () => {
  const stepOf = (wait: readonly WaitSeen[], step: number | undefined = 3) =>
    fold(sample(1_050, wait, { step })).lockWaits.find(({ waiter }) => waiter.kind === 'traffic')?.step;

  it('whose session is the root', () => {
    expect(stepOf([waiting(ONE, 1_000, [MIGRATION])])).toBe(3);
  });

  it('whose session stands in the middle, behind a report', () => {
    expect(stepOf([waiting(MIGRATION, 900, [REPORT]), waiting(ONE, 1_000, [MIGRATION])])).toBe(3);
  });

  it('not where the migration has no part in it', () => {
    expect(stepOf([waiting(ONE, 1_000, [OTHER])])).toBeUndefined();
  });

  it('not where no step was running', () => {
    const { lockWaits } = fold(sample(1_050, [waiting(ONE, 1_000, [MIGRATION])], { step: undefined }));
    expect(lockWaits[0]).not.toHaveProperty('step');
  });

  it('under which it began, also when it outlasts it', () => {
    const { lockWaits } = fold(
      sample(1_050, [waiting(ONE, 1_000, [MIGRATION])], { step: 0 }),
      sample(1_100, [waiting(ONE, 1_000, [MIGRATION])], { step: 1 }),
    );
    expect(lockWaits).toMatchObject([{ step: 0 }]);
  });

  it('and so does the migration’s own wait', () => {
    const { lockWaits } = fold(sample(1_050, [waiting(MIGRATION, 900, [REPORT])]));
    expect(lockWaits).toMatchObject([{ waiter: { kind: 'migration' }, root: { kind: 'actor' }, step: 0 }]);
  });
});

describe('a pile-up', () => {
  it('gathers all that waited behind one root, from the first wait to the end of the last', () => {
    const behindReport = waiting(MIGRATION, 1_000, [REPORT]);
    const { chains } = fold(
      sample(1_050, [behindReport]),
      sample(1_100, [behindReport, waiting(ONE, 1_060, [MIGRATION])]),
      sample(1_150, [
        behindReport,
        waiting(ONE, 1_060, [MIGRATION]),
        waiting(OTHER, 1_110, [MIGRATION, ONE], { relation: 'payments' }),
      ]),
      sample(1_200, [behindReport]),
      sample(1_250, []),
    );
    expect(chains).toEqual([
      {
        root: SESSIONS.get(REPORT),
        startedAt: 1_000,
        duration: 225,
        depth: 3,
        waiters: 3,
        waits: 3,
        relations: ['orders', 'payments'],
        step: 0,
      },
    ]);
  });

  it('behind each root is one of its own', () => {
    const { chains } = fold(
      sample(1_050, [waiting(ONE, 1_000, [MIGRATION]), waiting(OTHER, 1_020, [THIRD])]),
      sample(1_100, []),
    );
    expect(chains.map(({ root, waiters }) => [root.pid, waiters])).toEqual([
      [MIGRATION, 1],
      [THIRD, 1],
    ]);
    expect(chains[1]).not.toHaveProperty('step');
  });

  it('that dissolved and came again is two', () => {
    const { chains } = fold(
      sample(1_050, [waiting(ONE, 1_000, [MIGRATION])]),
      sample(1_100, []),
      sample(1_150, [waiting(ONE, 1_120, [MIGRATION])]),
    );
    expect(chains.map(({ startedAt, duration }) => [startedAt, duration])).toEqual([
      [1_000, 75],
      [1_120, 30],
    ]);
  });
});

describe('a lock of the migration', () => {
  const lock = (mode: string, granted = true, transaction = '3/1'): LockSeen => ({
    pid: MIGRATION,
    relation: 'orders',
    mode,
    granted,
    transaction,
  });
  /** Each reading takes 4 ms. */
  const locksAt = (at: number, ...locks: readonly LockSeen[]) =>
    sample(at, [], { locks, locksRead: { after: ms(at), by: ms(at + 4) } });
  const held = { pid: MIGRATION, relation: 'orders', mode: 'AccessExclusiveLock' };

  it('was granted and released between two readings each', () => {
    const { locks } = fold(
      locksAt(1_000),
      locksAt(1_050, lock('AccessExclusiveLock', false)),
      locksAt(1_100, lock('AccessExclusiveLock')),
      locksAt(1_150, lock('AccessExclusiveLock')),
      locksAt(1_200),
    );
    expect(locks).toEqual([
      { ...held, granted: { after: 1_050, by: 1_104 }, released: { after: 1_150, by: 1_204 } },
    ]);
  });

  it('of a row change ends with its transaction, another one may go on over several', () => {
    const seen = (transaction: string): readonly LockSeen[] => [
      lock('RowExclusiveLock', true, transaction),
      lock('ShareUpdateExclusiveLock', true, transaction),
    ];
    const { locks } = fold(
      locksAt(1_000),
      locksAt(1_050, ...seen('3/1')),
      locksAt(1_100, ...seen('3/2')),
      locksAt(1_150),
    );
    expect(locks.map(({ mode, granted, released }) => [mode, granted.by, released.by])).toEqual([
      ['RowExclusiveLock', 1_054, 1_104],
      ['ShareUpdateExclusiveLock', 1_054, 1_154],
      ['RowExclusiveLock', 1_104, 1_154],
    ]);
  });

  it('that nobody saw going, or coming, has no such moment', () => {
    const { locks } = fold(
      locksAt(1_000, lock('AccessExclusiveLock')),
      locksAt(1_050, lock('AccessExclusiveLock')),
      sample(1_100, []),
    );
    expect(locks).toEqual([
      { ...held, granted: { after: -Infinity, by: 1_004 }, released: { after: 1_050, by: Infinity } },
    ]);
    expect(fold(locksAt(1_000, lock('AccessExclusiveLock'))).locks).toMatchObject([
      { released: { after: 1_000, by: Infinity } },
    ]);
  });
});

it('nothing seen is nothing said', () => {
  expect(fold()).toEqual({ lockWaits: [], leftOut: 0, chains: [], locks: [], buildPhases: [] });
});
