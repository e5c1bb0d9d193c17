import { blocksReads } from '../postgres/index.ts';
import type { StatementLock } from '../result/index.ts';
import { formatDuration, formatSize } from '../units.ts';

import { longestHold, type MigrationStatement } from './statements.ts';

/** `held AccessExclusiveLock on orders for 6.9 s, rewrote orders (212 MB)`. */
export function workSentence({ rewritten, scanned, blocking }: MigrationStatement): string {
  const rewrites = rewritten.map(({ relation, bytes }) => `rewrote ${relation} (${formatSize(bytes)})`);
  const scans = scanned
    .filter(({ relation }) => !rewritten.some((work) => work.relation === relation))
    .map(({ relation, bytes }) => `read all of ${relation} (${formatSize(bytes)})`);
  return [...locksHeld(blocking), ...rewrites, ...scans].join(', ');
}

/** `held ShareLock on orders for 41 ms`, one for each mode. */
export function locksHeld(locks: readonly StatementLock[]): readonly string[] {
  return [...new Set(locks.map(({ mode }) => mode))].map((mode) => {
    const same = locks.filter((lock) => lock.mode === mode);
    return `held ${mode} on ${andList(unique(same.map(({ relation }) => relation)))} for ${formatDuration(longestHold(same))}`;
  });
}

/** What the locks keep out: `reads and writes of orders`, `writes to orders and customers`. */
export function blockedWork(locks: readonly StatementLock[]): string {
  const relations = andList(unique(locks.map(({ relation }) => relation)));
  return locks.some(({ mode }) => blocksReads(mode))
    ? `reads and writes of ${relations}`
    : `writes to ${relations}`;
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];

export function andList(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
