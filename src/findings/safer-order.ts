import { inversions, quoteRelation, strongest, type LockMode } from '../postgres/index.ts';
import type { LockTaken } from '../result/index.ts';

import type { MigrationLock } from './migration-locks.ts';
import { asStatement } from './safer.ts';

interface Pair {
  readonly held: MigrationLock;
  readonly wanted: MigrationLock;
}

interface Surroundings {
  /** Of the whole traffic. */
  readonly ways: readonly (readonly LockTaken[])[];
  /** The statement that limits the waiting. */
  readonly limit: string;
}

/** How to lock without an inversion: in words, and in SQL. The traffic's order, where it has only one; else one table a transaction. */
export function saferOrder(
  locks: readonly MigrationLock[],
  { held, wanted }: Pair,
  { ways, limit }: Surroundings,
): string {
  const own = locks.map(({ statement }) => statement);
  const statements = [...new Set(own)];
  const ahead = [...new Set([wanted.relation, held.relation])].map((relation) => ({
    relation,
    mode: strongestOn(relation, locks),
  }));
  const isOneOrder = ways.every((way) => inversions(ahead, way).length === 0);
  const canSplit = held.statement !== wanted.statement;
  const lines = {
    ahead: [
      limit,
      'BEGIN;',
      ...ahead.map(({ relation, mode }) => `LOCK TABLE ${plain(relation)} IN ${spelled(mode)} MODE;`),
      ...statements.map(asStatement),
      'COMMIT;',
    ],
    split: [limit, ...statements.flatMap((text) => ['BEGIN;', asStatement(text), 'COMMIT;'])],
  };
  if (canSplit && (held.relation !== wanted.relation || !isOneOrder))
    return [
      `commit between the two statements, so that no transaction holds one lock and asks for the other${isOneOrder ? `; where they belong together, lock ${wanted.relation} first, as the traffic does` : ''}`,
      ...lines.split,
    ].join('\n');
  if (isOneOrder) return [inWords(held, wanted), ...lines.ahead].join('\n');
  return `the traffic itself takes the two in both orders, so no order is safe: ask with a lock_timeout well below deadlock_timeout and try again, so that the migration gives way\n${limit}`;
}

const inWords = (held: MigrationLock, wanted: MigrationLock): string =>
  held.relation === wanted.relation
    ? `take the strongest lock on ${held.relation} first, before any weaker one`
    : `lock the tables in the order of the traffic: ${wanted.relation} before ${held.relation}`;

const strongestOn = (relation: string, locks: readonly MigrationLock[]): LockMode =>
  strongest(locks.filter((lock) => lock.relation === relation).map(({ mode }) => mode)) ??
  'AccessExclusiveLock';

/** `ShareRowExclusiveLock` is `SHARE ROW EXCLUSIVE` in SQL. */
const spelled = (mode: LockMode): string =>
  mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();

/** As people write it, where that needs no quotes. */
const plain = (relation: string): string =>
  /^[a-z_][a-z\d_$.]*$/.test(relation) ? relation : quoteRelation(relation);
