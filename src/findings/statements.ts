import { blocksReads, blocksWrites, LOCK_MODES, relationsCreated, type LockMode } from '../postgres/index.ts';
import type { RelationWork, Result, StatementLock, StatementResult, StepResult } from '../result/index.ts';
import { bytes, milliseconds, type Milliseconds } from '../units.ts';

/** One statement of the migration, in its step, and what it did to relations that were there before. */
export interface MigrationStatement {
  readonly step: StepResult;
  readonly stepIndex: number;
  readonly statement: StatementResult;
  /** Among those of its step. */
  readonly statementIndex: number;
  /** Its locks that keep readers or writers out. */
  readonly blocking: readonly StatementLock[];
  readonly rewritten: readonly RelationWork[];
  readonly scanned: readonly RelationWork[];
}

/** ShareLock and everything above it. */
export const blocksTraffic = (mode: LockMode): boolean => blocksReads(mode) || blocksWrites(mode);

export function statementsOf(result: Result): readonly MigrationStatement[] {
  const isOld = existedBefore(result);
  const ofWholeTables = workOnWholeTables(result);
  return (result.migration?.steps ?? []).flatMap((step, stepIndex) =>
    step.statements.map((statement, statementIndex) => ({
      step,
      stepIndex,
      statement,
      statementIndex,
      blocking: strongestOfEach(
        statement.locks.filter(({ relation, mode }) => blocksTraffic(mode) && isOld(relation, statement)),
      ),
      rewritten: ofWholeTables(statement.rewritten, statement).filter(({ relation }) =>
        isOld(relation, statement),
      ),
      scanned: ofWholeTables(statement.scanned, statement).filter(({ relation }) =>
        isOld(relation, statement),
      ),
    })),
  );
}

/** What a finding is about. */
export const placeOf = ({
  stepIndex,
  statementIndex,
}: MigrationStatement): { readonly step: number; readonly statement: number } => ({
  step: stepIndex,
  statement: statementIndex,
});

/** The statement of the step that failed; undefined: none of those that are listed. */
export function failedStatement({ statements }: StepResult): number | undefined {
  const index = statements.findIndex(({ error }) => error !== undefined);
  return index < 0 ? undefined : index;
}

/** What a statement does to partitions it does to their table: only that one is listed, with the rows of all. */
function workOnWholeTables({
  relations,
}: Result): <Work extends RelationWork>(
  works: readonly Work[],
  statement: StatementResult,
) => readonly Work[] {
  const listed = new Map(relations.map(({ name, before }) => [name, before]));
  return (works, { locks }) => {
    const whole = locks.find(
      ({ relation, mode }) => blocksTraffic(mode) && listed.get(relation)?.partitioned !== undefined,
    )?.relation;
    const parts = works.filter(({ relation }) => !listed.has(relation));
    const [first] = parts;
    if (whole === undefined || first === undefined) return works;
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const all = bytes(parts.reduce((sum, part) => sum + part.bytes, 0));
    return [
      ...works.filter((work) => !parts.includes(work)),
      { ...first, relation: whole, rows, bytes: all },
    ];
  };
}

/** A rewrite takes ShareLock for its indexes beside AccessExclusiveLock on the same table: one of them says it all. */
function strongestOfEach(locks: readonly StatementLock[]): readonly StatementLock[] {
  return locks.filter(
    (lock) =>
      !locks.some(
        (other) =>
          other.relation === lock.relation &&
          LOCK_MODES.indexOf(other.mode) > LOCK_MODES.indexOf(lock.mode) &&
          other.held >= lock.held,
      ),
  );
}

export function longestHold(locks: readonly StatementLock[]): Milliseconds {
  return milliseconds(Math.max(0, ...locks.map(({ held }) => held)));
}

/**
 * Nobody can wait for what the migration itself created. A relation without an entry of its own (an index, a TOAST
 * table, a sequence) goes with the tables that the statement locked, unless the traffic was seen waiting for it.
 */
function existedBefore(result: Result): (relation: string, statement: StatementResult) => boolean {
  const texts = (result.migration?.steps ?? []).flatMap((step) => step.statements.map(({ text }) => text));
  const created = relationsCreated(texts);
  const known = new Map(result.relations.map(({ name, before }) => [name, before !== undefined]));
  const waitedFor = new Set(
    result.lockWaits.filter(({ waiter }) => waiter.kind === 'traffic').map(({ relation }) => relation),
  );
  return (relation, statement) => {
    if (known.has(relation)) return known.get(relation) === true;
    if (waitedFor.has(relation)) return true;
    return !created.has(relation) && !statement.locks.some((lock) => known.has(lock.relation));
  };
}
