import type { ForeignKey, PlannedStatement } from '../observer/index.ts';
import { tablesNamed, tableWrites, type LockMode, type TableWrite } from '../postgres/index.ts';
import type { LockTaken, PlanNode } from '../result/index.ts';

/** What a statement of the traffic locks when it runs, and what is left for its transaction's end. */
export interface StatementLocks {
  readonly now: readonly LockTaken[];
  readonly atCommit: readonly LockTaken[];
}

interface Lock {
  readonly relation: string;
  readonly mode: LockMode;
  readonly isDeferred: boolean;
}

/**
 * In the order in which they are taken: the tables that the text names, those that only its plan shows (behind views), and then what its foreign
 * keys look at. `planned`: undefined where the server was not asked; then the text alone has to do. Of partitions their root's name.
 */
export function statementLocks(
  text: string,
  planned: PlannedStatement | undefined,
  keys: readonly ForeignKey[],
): StatementLocks {
  const nodes = planned?.kind === 'planned' ? planned.plans.flatMap((plan) => plan.nodes) : [];
  const named = tablesNamed(text).flatMap(({ relation, mode }) =>
    mode === undefined ? [] : [lock(relation, mode)],
  );
  const hidden = nodes.filter(({ relation }) => !named.some((one) => one.relation === relation));
  const writes = [...tableWrites(text), ...hidden.flatMap(writeOf)];
  const locks = [
    ...named,
    ...hidden.flatMap(lockOf),
    ...writes.flatMap((write) => referential(write, keys, new Set())),
  ];
  const taken = (isDeferred: boolean): readonly LockTaken[] =>
    locks
      .filter((one) => one.isDeferred === isDeferred)
      .map(({ relation, mode }) => ({ relation, mode, statement: text }));
  return { now: taken(false), atCommit: taken(true) };
}

const lock = (relation: string, mode: LockMode, isDeferred = false): Lock => ({ relation, mode, isDeferred });

const ACTIONS: Readonly<Record<string, TableWrite['action']>> = {
  Insert: 'insert',
  Update: 'update',
  Delete: 'delete',
};

const lockOf = ({ type, relation }: PlanNode): readonly Lock[] =>
  relation === undefined
    ? []
    : [lock(relation, type === 'Merge' || type in ACTIONS ? 'RowExclusiveLock' : 'AccessShareLock')];

function writeOf({ type, relation }: PlanNode): readonly TableWrite[] {
  const action = ACTIONS[type];
  return relation === undefined || action === undefined ? [] : [{ relation, action, columns: [] }];
}

/** What the triggers of foreign keys lock (ri_triggers.c): they look for the referenced row FOR KEY SHARE, for referencing ones too, or write these. */
function referential(
  write: TableWrite,
  keys: readonly ForeignKey[],
  above: ReadonlySet<ForeignKey>,
): readonly Lock[] {
  const isSet = (columns: readonly string[]): boolean =>
    columns.some((column) => write.columns.includes(column));
  const looksUp = keys.filter(
    ({ referencing, columns }) =>
      referencing === write.relation &&
      (write.action === 'insert' || (write.action === 'update' && isSet(columns))),
  );
  const lookedAt = keys.filter(
    (key) =>
      key.referenced === write.relation &&
      !above.has(key) &&
      (write.action === 'delete' || (write.action === 'update' && isSet(key.keys))),
  );
  return [
    ...looksUp.map(({ referenced, isDeferred }) => lock(referenced, 'RowShareLock', isDeferred)),
    ...lookedAt.flatMap((key) => ofReferencing(write, key, { keys, above })),
  ];
}

function ofReferencing(
  { action }: TableWrite,
  key: ForeignKey,
  { keys, above }: { readonly keys: readonly ForeignKey[]; readonly above: ReadonlySet<ForeignKey> },
): readonly Lock[] {
  const { referencing, columns, isDeferred } = key;
  switch (action === 'delete' ? key.onDelete : key.onUpdate) {
    case 'check':
      return [lock(referencing, 'RowShareLock', isDeferred)];
    case 'set':
      return [lock(referencing, 'RowExclusiveLock')];
    case 'cascade':
      return [
        lock(referencing, 'RowExclusiveLock'),
        ...referential({ relation: referencing, action, columns }, keys, new Set([...above, key])),
      ];
  }
}
