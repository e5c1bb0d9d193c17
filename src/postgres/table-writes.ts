import { displayName } from './identifier.ts';
import { splitStatements } from './statement.ts';
import { listOf, recordOf, textIn } from './tree.ts';

/** What a statement does to the rows of a table. */
export interface TableWrite {
  /** As it is written; `public` is left out. */
  readonly relation: string;
  readonly action: 'insert' | 'update' | 'delete';
  /** That an update sets; empty for the others. */
  readonly columns: readonly string[];
}

/** Of INSERT, UPDATE, DELETE, ON CONFLICT DO UPDATE and MERGE, also inside of WITH. Nothing of a text that is no SQL. */
export function tableWrites(text: string): readonly TableWrite[] {
  const parsed = splitStatements(text);
  return parsed.ok ? parsed.statements.flatMap(({ node }) => writesIn(node)) : [];
}

function writesIn(node: unknown): readonly TableWrite[] {
  if (Array.isArray(node)) return node.flatMap(writesIn);
  return Object.entries(recordOf(node)).flatMap(([kind, body]) => {
    const relation = nameOf(recordOf(recordOf(body)['relation']));
    const own = relation === undefined ? [] : (WRITES[kind]?.(recordOf(body)) ?? []);
    return [...own.map((write) => ({ ...write, relation: relation ?? '' })), ...writesIn(body)];
  });
}

type Write = Omit<TableWrite, 'relation'>;
const INSERT: Write = { action: 'insert', columns: [] };
const DELETE: Write = { action: 'delete', columns: [] };
const updateOf = (targets: unknown): Write => ({ action: 'update', columns: columnsIn(targets) });

const WRITES: Readonly<Record<string, (body: Record<string, unknown>) => readonly Write[]>> = {
  UpdateStmt: (body) => [updateOf(body['targetList'])],
  DeleteStmt: () => [DELETE],
  InsertStmt: (body) => {
    const update = updateOf(recordOf(body['onConflictClause'])['targetList']);
    return update.columns.length === 0 ? [INSERT] : [INSERT, update];
  },
  MergeStmt: (body) =>
    listOf(body['mergeWhenClauses']).flatMap((clause) =>
      mergeWrite(recordOf(recordOf(clause)['MergeWhenClause'])),
    ),
};

function mergeWrite({ commandType, targetList }: Record<string, unknown>): readonly Write[] {
  switch (commandType) {
    case 'CMD_UPDATE':
      return [updateOf(targetList)];
    case 'CMD_INSERT':
      return [INSERT];
    case 'CMD_DELETE':
      return [DELETE];
    default:
      return [];
  }
}

const columnsIn = (targets: unknown): readonly string[] =>
  listOf(targets).flatMap((target) => textIn(recordOf(recordOf(target)['ResTarget'])['name']) ?? []);

function nameOf({ schemaname, relname }: Record<string, unknown>): string | undefined {
  const name = textIn(relname);
  return name === undefined ? undefined : displayName(textIn(schemaname) ?? 'public', name);
}
