import { displayName, splitStatements } from '../postgres/index.ts';
import type { Aftermath } from '../result/index.ts';

/** Columns that the statements set in rows that are there already, by table as it is written: of UPDATE, ON CONFLICT DO UPDATE and MERGE, also inside of WITH. */
export function updatedColumns(texts: readonly string[]): Aftermath['updatedColumns'] {
  const found = new Map<string, Set<string>>();
  for (const text of texts) {
    const parsed = splitStatements(text);
    if (!parsed.ok) continue;
    for (const { node } of parsed.statements)
      visit(node, (relation, columns) =>
        found.set(relation, new Set([...(found.get(relation) ?? []), ...columns])),
      );
  }
  return [...found].map(([relation, columns]) => ({ relation, columns: [...columns].sort() }));
}

type Found = (relation: string, columns: readonly string[]) => void;

/** The parser's tree is plain data; a WITH may stand anywhere in it. */
function visit(node: unknown, found: Found): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, found);
    return;
  }
  for (const [kind, body] of Object.entries(record(node))) {
    const targets = TARGETS[kind]?.(record(body));
    const relation = relationOf(record(record(body)['relation']));
    if (targets !== undefined && relation !== undefined && targets.length > 0) found(relation, targets);
    visit(body, found);
  }
}

const TARGETS: Readonly<Record<string, (body: Record<string, unknown>) => readonly string[]>> = {
  UpdateStmt: (body) => columnsIn(body['targetList']),
  InsertStmt: (body) => columnsIn(record(body['onConflictClause'])['targetList']),
  MergeStmt: (body) =>
    listOf(body['mergeWhenClauses'])
      .map((clause) => record(record(clause)['MergeWhenClause']))
      .flatMap((clause) => (clause['commandType'] === 'CMD_UPDATE' ? columnsIn(clause['targetList']) : [])),
};

const columnsIn = (targets: unknown): readonly string[] =>
  listOf(targets).flatMap((target) => {
    const name = record(record(target)['ResTarget'])['name'];
    return typeof name === 'string' ? [name] : [];
  });

function relationOf({ schemaname, relname }: Record<string, unknown>): string | undefined {
  if (typeof relname !== 'string') return undefined;
  return displayName(typeof schemaname === 'string' ? schemaname : 'public', relname);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
