import type { StatementRun } from '../migration/index.ts';
import type { SampledLock } from '../observer/index.ts';
import { conflicts, isLockMode, LOCK_MODES } from '../postgres/index.ts';
import type { LockWait, StatementLock } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { spanOf, union, type Span } from './span.ts';

/** What is known of a statement's locks beside what its own session tells. */
export interface LockSurroundings {
  readonly span: Span;
  readonly waiting: Milliseconds;
  readonly release: StatementRun['release'];
  /** Of its session. */
  readonly ownWaits: readonly LockWait[];
  /** Of everybody else. */
  readonly others: readonly LockWait[];
  /** Of its session, by the observer. */
  readonly seen: readonly SampledLock[];
  /** Of the observer. */
  readonly interval: Milliseconds;
}

/** The locks of a statement, with the moments of their grant and release as well as they are known. */
export function heldLocks(
  source: StatementRun['lockSource'],
  locks: readonly StatementLock[],
  about: LockSurroundings,
): readonly StatementLock[] {
  switch (source) {
    case 'own-session':
      return locks.map((lock) => released(granted(lock, about), about));
    case 'event-triggers':
      return locks.map((lock) => released(lock, about));
    case 'unseen':
      return sampledLocks(about);
  }
}

/** A statement gets its locks at its start, or when its waiting for that very lock is over; a function may take one late. */
function granted(lock: StatementLock, about: LockSurroundings): StatementLock {
  const own = union(about.ownWaits.filter(isSameAs(lock)).map(spanOf));
  const { waited, grantedAt } = own.length > 0 ? afterOwnWaits(own) : afterOtherWaits(lock, about);
  const late = own.length > 0 ? undefined : lateGrant(lock, grantedAt, about);
  const at = late ?? grantedAt;
  const held = milliseconds(Math.max(0, lock.grantedAt + lock.held - at));
  return { ...lock, waited, grantedAt: at, held, ...(late === undefined ? {} : { source: 'sampled' }) };
}

interface Grant {
  readonly waited: Milliseconds;
  readonly grantedAt: Milliseconds;
}

const afterOwnWaits = (waits: readonly Span[]): Grant => ({
  waited: milliseconds(waits.reduce((sum, { from, to }) => sum + to - from, 0)),
  grantedAt: milliseconds(Math.max(...waits.map(({ to }) => to))),
});

/** Nobody saw it wait for this lock. One that was seen before the waiting was over came first. */
function afterOtherWaits(lock: Named, { span, waiting, ownWaits, seen }: LockSurroundings): Grant {
  const waitOver = milliseconds(span.from + waiting);
  if (ownWaits.length === 0) return { waited: waiting, grantedAt: waitOver };
  const first = seen.find((one) => isSameAs(lock)(one) && one.released.by > span.from);
  const isFirst = first !== undefined && first.granted.by < waitOver;
  return { waited: milliseconds(0), grantedAt: isFirst ? span.from : waitOver };
}

/** It was looked for and not there long after the statement had begun. A backend that was only slow to start is no such case. */
function lateGrant(
  lock: Named,
  assumed: Milliseconds,
  { span, seen, interval }: LockSurroundings,
): Milliseconds | undefined {
  const found = seen.find(
    (one) => isSameAs(lock)(one) && one.granted.after < span.to && one.released.by > span.to,
  );
  if (found === undefined || found.granted.after < assumed + interval) return undefined;
  return middle(found.granted.after, milliseconds(Math.min(found.granted.by, span.to)));
}

/** As near as holds are promised to be reported. */
const NEAR = milliseconds(5);

/**
 * Its session knows only that the release came between asking for the transaction's end and the answer: the log is written before it, the files of old tables are
 * removed after it (xact.c, CommitTransaction). Who was let in at last tells it best, else two samples narrow it down. Never before it was asked for.
 */
function released(lock: StatementLock, { release, others, seen }: LockSurroundings): StatementLock {
  // A statement without a transaction block asks for the end before it has its lock.
  const asked = milliseconds(Math.max(release.asked, Math.min(lock.grantedAt, release.answered)));
  const answered = lock.grantedAt + lock.held;
  // A later command of the same statement began without it: it went before.
  if (answered < asked) return lock;
  const until = (at: number, source: StatementLock['source']): StatementLock => ({
    ...lock,
    held: milliseconds(Math.max(0, at - lock.grantedAt)),
    source: lock.source === 'sampled' ? 'sampled' : source,
  });
  const letIn = others.filter(waitedBehind(lock)).map(({ startedAt, duration }) => startedAt + duration);
  const first = smallest(letIn.filter((at) => at >= asked && at <= answered));
  if (first !== undefined) return until(first, 'exact');
  const found = seen.find(
    (one) => isSameAs(lock)(one) && one.granted.after < asked && one.released.by > asked,
  );
  if (found === undefined || found.released.by > answered - NEAR) return lock;
  return until(middle(milliseconds(Math.max(found.released.after, asked)), found.released.by), 'sampled');
}

/** The server timed them, and they got what could not be had beside this lock. */
const waitedBehind =
  ({ relation, mode }: Named) =>
  (wait: LockWait): boolean =>
    wait.timing === 'exact' &&
    wait.end === 'granted' &&
    wait.relation === relation &&
    isLockMode(mode) &&
    isLockMode(wait.mode) &&
    conflicts(mode, wait.mode);

const smallest = (values: readonly number[]): number | undefined =>
  values.reduce<number | undefined>(
    (least, value) => (least === undefined ? value : Math.min(least, value)),
    undefined,
  );

/** One entry a table and mode, with its longest hold: a backfill takes the same lock for every batch. */
function sampledLocks({ span, release, ownWaits, seen }: LockSurroundings): readonly StatementLock[] {
  const longest = new Map<string, StatementLock>();
  for (const one of seen) {
    const mode = LOCK_MODES.find((known) => known === one.mode);
    // One that was there before, or was last seen before, is another statement's: after its end nobody may have looked until much later.
    const isOwn = one.granted.by >= span.from && one.released.after >= span.from;
    if (mode === undefined || !isOwn || one.granted.by > span.to) continue;
    const grantedAt = middle(milliseconds(Math.max(one.granted.after, span.from)), one.granted.by);
    const gone = milliseconds(Math.max(one.released.after, Math.min(one.released.by, release.answered)));
    const held = milliseconds(Math.max(0, middle(one.released.after, gone) - grantedAt));
    const waits = ownWaits.filter(isSameAs(one)).map(({ duration }) => duration);
    const key = `${one.relation} ${mode}`;
    if (held >= (longest.get(key)?.held ?? 0))
      longest.set(key, {
        relation: one.relation,
        mode,
        waited: milliseconds(Math.max(0, ...waits)),
        held,
        grantedAt,
        source: 'sampled',
      });
  }
  return [...longest.values()];
}

interface Named {
  readonly relation: string;
  readonly mode: string;
}

const isSameAs =
  (lock: Named) =>
  ({ relation, mode }: Named): boolean =>
    relation === lock.relation && mode === lock.mode;

const middle = (one: Milliseconds, other: Milliseconds): Milliseconds => milliseconds((one + other) / 2);
