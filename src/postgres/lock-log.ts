/** What somebody waited for, as PostgreSQL names it in its log (lmgr.c, DescribeLockTag). */
export interface LockTarget {
  /** As in `pg_locks.locktype`: `relation`, `transactionid`, `tuple`, `virtualxid`, …; `other` for what has no name there. */
  readonly lockType: string;
  /** Of a relation, or of the relation to which a tuple, a page or an extension belongs. */
  readonly relation: number | undefined;
}

/** One message of `log_lock_waits` (proc.c, ProcSleep), which comes after `deadlock_timeout`. */
export interface LockLogEntry extends LockTarget {
  readonly kind: 'still-waiting' | 'acquired' | 'gave-up' | 'deadlock';
  /** Of the waiter. */
  readonly pid: number;
  readonly mode: string;
  /** Milliseconds since it began to wait; exact to a microsecond. */
  readonly waited: number;
}

const ENTRY =
  /^process (\d+) (still waiting for|acquired|failed to acquire|avoided deadlock for|detected deadlock while waiting for) (\w+) on (.+?)(?: by rearranging queue order)? after (\d+\.\d+) ms$/;

/**
 * undefined: it is another message. Understood in English only: the harness asks for `lc_messages=C` where it may. The same in 14 to 18; before 18 a
 * wait that is interrupted may say that it is still waiting more than once.
 */
export function parseLockLog(message: string): LockLogEntry | undefined {
  const [, pid, what, mode, target, waited] = ENTRY.exec(message) ?? [];
  if (what === undefined || mode === undefined || target === undefined) return undefined;
  const kind = KINDS[what];
  return kind === undefined
    ? undefined
    : { kind, pid: Number(pid), mode, waited: Number(waited), ...lockTargetOf(target) };
}

const KINDS: Readonly<Record<string, LockLogEntry['kind']>> = {
  'still waiting for': 'still-waiting',
  // It goes on waiting, at a better place of the queue.
  'avoided deadlock for': 'still-waiting',
  acquired: 'acquired',
  'failed to acquire': 'gave-up',
  'detected deadlock while waiting for': 'deadlock',
};

/** What a target begins with, and its `locktype`. */
const TARGETS: readonly (readonly [RegExp, string])[] = [
  [/^relation (\d+) of database/, 'relation'],
  [/^extension of relation (\d+) of database/, 'extend'],
  [/^page \d+ of relation (\d+) of database/, 'page'],
  [/^tuple \(\d+,\d+\) of relation (\d+) of database/, 'tuple'],
  [/^transaction \d+/, 'transactionid'],
  [/^virtual transaction /, 'virtualxid'],
  [/^speculative token /, 'spectoken'],
  [/^object \d+ of class \d+ of database/, 'object'],
  [/^user lock /, 'userlock'],
  [/^advisory lock /, 'advisory'],
  [/^pg_database\.datfrozenxid of database/, 'frozenid'],
  [/^remote transaction /, 'applytransaction'],
];

/** A lock as messages describe it. */
export function lockTargetOf(text: string): LockTarget {
  for (const [pattern, lockType] of TARGETS) {
    const found = pattern.exec(text);
    if (found !== null) return { lockType, relation: found[1] === undefined ? undefined : Number(found[1]) };
  }
  return { lockType: 'other', relation: undefined };
}

/** How a lock wait ended. `unseen`: nobody was told. */
export const LOCK_WAIT_ENDS = [
  'granted',
  'lock-timeout',
  'deadlock',
  'cancelled',
  'connection-lost',
  'unseen',
] as const;
export type LockWaitEnd = (typeof LOCK_WAIT_ENDS)[number];

/** SQLSTATEs that end a wait for a lock without it; any other error cancelled it as well. */
const END_OF_STATE: Readonly<Record<string, LockWaitEnd>> = {
  '55P03': 'lock-timeout',
  '40P01': 'deadlock',
};

/** How an error ended the wait; without a SQLSTATE the connection broke. */
export function lockWaitEndOf(sqlState: string | undefined): LockWaitEnd {
  if (sqlState === undefined) return 'connection-lost';
  return END_OF_STATE[sqlState] ?? 'cancelled';
}
