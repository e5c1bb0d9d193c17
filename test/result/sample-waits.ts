import type { LockWait, Result, SessionLabel } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

/** It saw nobody wait. */
export const OBSERVER: NonNullable<Result['observer']> = {
  interval: ms(50),
  samples: 400,
  longestGap: ms(80),
  gaps: [],
  deadlockTimeout: ms(100),
  missing: [],
  lockWaits: { seen: 0, exact: 0, attributed: 0 },
};

export function session(kind: SessionLabel['kind'], name = '', query = ''): SessionLabel {
  return { pid: 4711, kind, name, query };
}

export function wait(changes: Partial<LockWait> & { readonly for: number }): LockWait {
  const { for: duration, ...rest } = changes;
  return {
    waiter: session('traffic'),
    lockType: 'relation',
    relation: 'orders',
    mode: 'RowExclusiveLock',
    startedAt: ms(10_000),
    duration: ms(duration),
    timing: 'exact',
    end: 'granted',
    blockers: [session('migration', 'step')],
    root: session('migration', 'step'),
    step: 0,
    ...rest,
  };
}
