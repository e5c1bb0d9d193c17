import { displayName } from './identifier.ts';
import { LOCK_MODES, type LockMode } from './lock-mode.ts';
import { splitStatements } from './statement.ts';
import { listOf, recordOf, textIn } from './tree.ts';

/** A table as a statement names it. */
export interface NamedTable {
  /** As it is written; `public` is left out. */
  readonly relation: string;
  /** In which the statement locks it (manual, 13.3.1); undefined: what a command other than a query locks is not written in it. */
  readonly mode: LockMode | undefined;
}

/**
 * The tables that a text names, in the order in which the server locks them: WITH before all else, then what is written, FROM, and the rest
 * (parse_analyze, analyze.c). What lies behind views, functions and triggers is not written in it. Nothing of a text that is no SQL.
 */
export function tablesNamed(text: string): readonly NamedTable[] {
  const parsed = splitStatements(text);
  if (!parsed.ok) return [];
  const named = parsed.statements.flatMap(({ node }) => {
    const queries = new Set(namesOfQueries(node));
    return tablesIn(node, undefined).filter(({ relation }) => !queries.has(relation));
  });
  const keys = new Set<string>();
  return named.filter(({ relation, mode }) => {
    const key = `${mode ?? ''} ${relation}`;
    return keys.has(key) ? false : keys.add(key);
  });
}

/** Tables met in FROM are locked in this mode; undefined: it is no query. */
type Locking = LockMode | ((called: string) => LockMode) | undefined;

function tablesIn(node: unknown, locking: Locking): readonly NamedTable[] {
  if (Array.isArray(node)) return node.flatMap((item) => tablesIn(item, locking));
  const body = recordOf(node);
  const name = textIn(body['relname']);
  if (name !== undefined) return [namedTable(body, name, locking)];
  return Object.entries(body).flatMap(([kind, part]) => {
    const special = STATEMENTS[kind];
    return special === undefined ? tablesIn(part, locking) : special(recordOf(part));
  });
}

function namedTable(body: Record<string, unknown>, name: string, locking: Locking): NamedTable {
  const called = textIn(recordOf(body['alias'])['aliasname']) ?? name;
  return {
    relation: displayName(textIn(body['schemaname']) ?? 'public', name),
    mode: typeof locking === 'function' ? locking(called) : locking,
  };
}

const written = (body: Record<string, unknown>): readonly NamedTable[] => [
  ...tablesIn(body['withClause'], READ),
  ...tablesIn(body['relation'], 'RowExclusiveLock'),
  ...tablesIn(body['fromClause'] ?? body['usingClause'] ?? body['sourceRelation'], READ),
  ...tablesIn(without(body, ['withClause', 'relation', 'fromClause', 'usingClause', 'sourceRelation']), READ),
];
const READ: LockMode = 'AccessShareLock';

const STATEMENTS: Readonly<Record<string, (body: Record<string, unknown>) => readonly NamedTable[]>> = {
  InsertStmt: written,
  UpdateStmt: written,
  DeleteStmt: written,
  MergeStmt: written,
  SelectStmt: (body) => [
    ...tablesIn(body['withClause'], READ),
    ...tablesIn(body['fromClause'], rowLocking(listOf(body['lockingClause']))),
    ...tablesIn(without(body, ['withClause', 'fromClause', 'lockingClause']), READ),
  ],
  LockStmt: (body) => tablesIn(body['relations'], LOCK_MODES[Number(body['mode']) - 1]),
  TruncateStmt: (body) => tablesIn(body['relations'], 'AccessExclusiveLock'),
  DropStmt: (body) => droppedIn(body),
};

/** FOR UPDATE and its like, of all that the query reads or of what stands after OF. */
function rowLocking(clauses: readonly unknown[]): Locking {
  if (clauses.length === 0) return READ;
  const bodies = clauses.map((clause) => recordOf(recordOf(clause)['LockingClause']));
  if (bodies.some(({ lockedRels }) => lockedRels === undefined)) return 'RowShareLock';
  const locked = new Set(
    bodies
      .flatMap(({ lockedRels }) => listOf(lockedRels))
      .map((one) => textIn(recordOf(recordOf(one)['RangeVar'])['relname'])),
  );
  return (called) => (locked.has(called) ? 'RowShareLock' : READ);
}

function droppedIn({ objects, removeType }: Record<string, unknown>): readonly NamedTable[] {
  if (removeType !== 'OBJECT_TABLE') return [];
  return listOf(objects).flatMap((object) => {
    const parts = listOf(recordOf(recordOf(object)['List'])['items']).flatMap(
      (item) => textIn(recordOf(recordOf(item)['String'])['sval']) ?? [],
    );
    const [name, schema = 'public'] = parts.toReversed();
    return name === undefined ? [] : [{ relation: displayName(schema, name), mode: undefined }];
  });
}

/** Names in WITH look like tables. */
function namesOfQueries(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(namesOfQueries);
  return Object.entries(recordOf(node)).flatMap(([kind, part]) => [
    ...(kind === 'CommonTableExpr' ? [textIn(recordOf(part)['ctename']) ?? ''] : []),
    ...namesOfQueries(part),
  ]);
}

const without = (body: Record<string, unknown>, keys: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
