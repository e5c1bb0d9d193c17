/** Table-level lock modes, weakest first (PostgreSQL manual, 13.3.1). */
export const LOCK_MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** Manual, table 13.2: which modes another session can not hold at the same time. */
const CONFLICTS = {
  AccessShareLock: ['AccessExclusiveLock'],
  RowShareLock: ['ExclusiveLock', 'AccessExclusiveLock'],
  RowExclusiveLock: ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],
  ShareUpdateExclusiveLock: [
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareLock: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareRowExclusiveLock: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ExclusiveLock: [
    'RowShareLock',
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  AccessExclusiveLock: LOCK_MODES,
} as const satisfies Record<LockMode, readonly LockMode[]>;

export function isLockMode(text: string): text is LockMode {
  return LOCK_MODES.some((mode) => mode === text);
}

export function conflicts(held: LockMode, wanted: LockMode): boolean {
  return CONFLICTS[held].some((mode) => mode === wanted);
}

/** Plain SELECT takes AccessShareLock. */
export const blocksReads = (mode: LockMode): boolean => conflicts(mode, 'AccessShareLock');

/** INSERT, UPDATE and DELETE take RowExclusiveLock. */
export const blocksWrites = (mode: LockMode): boolean => conflicts(mode, 'RowExclusiveLock');

export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return LOCK_MODES.findLast((mode) => modes.includes(mode));
}
