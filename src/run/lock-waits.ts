import type { Observation } from '../observer/index.ts';
import { conflicts, isLockMode } from '../postgres/index.ts';
import type { BlockingChain, LockWait, SessionLabel, StepResult } from '../result/index.ts';
import type { HeardWait } from '../target/index.ts';
import { milliseconds } from '../units.ts';

import { overlap, spanOf } from './span.ts';

/** Waits that the server told to the sessions that waited, by whose sessions they were. */
export type HeardWaits = Readonly<Record<'traffic' | 'migration' | 'actor', readonly HeardWait[]>>;

type Seen = Pick<Observation, 'lockWaits' | 'relationNames' | 'sessionNames'>;

/**
 * Brings together what the server timed and what the observer saw of the same waits: the durations of the one, the blame of the other. In the
 * order of their starts.
 */
export function combineWaits(seen: Seen, heard: HeardWaits): readonly LockWait[] {
  const unmatched = new Map<number, LockWait[]>();
  for (const wait of seen.lockWaits)
    unmatched.set(wait.waiter.pid, [...(unmatched.get(wait.waiter.pid) ?? []), wait]);
  const timed = KINDS.flatMap((kind) =>
    heard[kind].map((wait): LockWait => {
      const { startedAt, duration, end } = wait;
      const same = takeSame(unmatched.get(wait.pid) ?? [], wait) ?? unattributed(wait, kind, seen);
      return { ...same, startedAt, duration, end, timing: 'exact' };
    }),
  );
  return [...timed, ...[...unmatched.values()].flat()].toSorted(
    (one, other) => one.startedAt - other.startedAt,
  );
}

const KINDS = ['traffic', 'migration', 'actor'] as const;

/** A sample is taken over a moment, and maps the server's clock to ours. */
const TOLERANCE = milliseconds(20);

function takeSame(candidates: LockWait[], wait: HeardWait): LockWait | undefined {
  const { from, to } = spanOf(wait);
  const span = { from: milliseconds(from - TOLERANCE), to: milliseconds(to + TOLERANCE) };
  const index = candidates.findIndex(
    (one) => one.mode === wait.mode && one.lockType === wait.lockType && overlap(spanOf(one), span) > 0,
  );
  return index < 0 ? undefined : candidates.splice(index, 1)[0];
}

function unattributed(
  { pid, mode, lockType, relation, startedAt, duration, end }: HeardWait,
  kind: SessionLabel['kind'],
  { relationNames, sessionNames }: Seen,
): LockWait {
  return {
    waiter: { pid, kind, name: sessionNames.get(pid) ?? '', query: '' },
    lockType,
    relation: relation === undefined ? '' : (relationNames.get(relation) ?? ''),
    mode,
    startedAt,
    duration,
    timing: 'exact',
    end,
    blockers: [],
  };
}

/**
 * A wait for a table on which the migration held a conflicting lock at that time waited for the migration, whether or not somebody looked: its holds are
 * known exactly.
 */
export function blameHolds(
  waits: readonly LockWait[],
  steps: readonly StepResult[],
  sessionNames: ReadonlyMap<number, string>,
): readonly LockWait[] {
  const pidOf = (name: string): number => [...sessionNames].find(([, own]) => own === name)?.[0] ?? 0;
  const holds = steps.flatMap(({ name, statements }, step) =>
    statements.flatMap(({ text, locks }) =>
      locks.map((lock) => ({
        ...lock,
        step,
        session: { pid: pidOf(name), kind: 'migration', name, query: text } as const,
      })),
    ),
  );
  return waits.map((wait) => {
    const { mode } = wait;
    if (wait.root !== undefined || wait.waiter.kind === 'migration' || !isLockMode(mode)) return wait;
    const span = spanOf(wait);
    const hold = holds.find(
      (one) =>
        one.relation === wait.relation &&
        conflicts(one.mode, mode) &&
        overlap(spanOf({ startedAt: one.grantedAt, duration: one.held }), span) > 0,
    );
    return hold === undefined
      ? wait
      : { ...wait, blockers: [hold.session], root: hold.session, step: hold.step };
  });
}

/** A pile-up lasts from its first wait to the end of its last; those that the server timed say it better than the samples. */
export function timedChain(chain: BlockingChain, waits: readonly LockWait[]): BlockingChain {
  const span = spanOf(chain);
  const own = waits.filter(
    (wait) => wait.timing === 'exact' && wait.root?.pid === chain.root.pid && overlap(spanOf(wait), span) > 0,
  );
  if (own.length < chain.waits) return chain;
  const startedAt = Math.min(...own.map((wait) => wait.startedAt));
  const endedAt = Math.max(...own.map((wait) => wait.startedAt + wait.duration));
  return {
    ...chain,
    startedAt: milliseconds(startedAt),
    duration: milliseconds(endedAt - startedAt),
  };
}
