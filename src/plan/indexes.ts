import type { ResolvedDataset } from '../dataset/index.ts';
import { displayName, splitStatements, type SqlNode } from '../postgres/index.ts';

/** An index that the schema makes, a key's included, as far as its size depends on it. */
export interface PlannedIndex {
  /** Display name of its table. */
  readonly table: string;
  readonly method: string;
  /** Undefined: an expression. */
  readonly columns: readonly (string | undefined)[];
  readonly unique: boolean;
  readonly partial: boolean;
}

/** Those of tables of the dataset; one on a partitioned table counts once, for all partitions. */
export function plannedIndexes({ schemaStatements, tables }: ResolvedDataset): readonly PlannedIndex[] {
  const displays = new Set(tables.map(({ display }) => display));
  let path = 'public';
  return schemaStatements
    .filter(({ text }) => /\b(?:INDEX|PRIMARY|UNIQUE|EXCLUDE|search_path)\b/i.test(text))
    .flatMap(({ text }) => {
      const parsed = splitStatements(text);
      const node = parsed.ok ? parsed.statements[0]?.node : undefined;
      path = pathIn(text) ?? path;
      return node === undefined ? [] : indexesIn(node, path);
    })
    .filter(({ table }) => displays.has(table));
}

/** `SET search_path = sales, public`; a dump's empty one changes nothing, for it names every schema. */
const pathIn = (text: string): string | undefined =>
  /^\s*SET\s+(?:SESSION\s+)?search_path\s*(?:=|\bTO\b)\s*"?([\w$]+)"?/i.exec(text)?.[1];

interface Relation {
  readonly schemaname?: string;
  readonly relname?: string;
}

const tableOf = (relation: Relation | undefined, path: string): string =>
  displayName(relation?.schemaname ?? path, relation?.relname ?? '');

function indexesIn(node: SqlNode, path: string): PlannedIndex[] {
  if ('IndexStmt' in node) {
    const { relation, accessMethod, indexParams, unique, whereClause } = node.IndexStmt;
    return [
      {
        table: tableOf(relation, path),
        method: accessMethod ?? 'btree',
        columns: (indexParams ?? []).map((part) => ('IndexElem' in part ? part.IndexElem.name : undefined)),
        unique: unique === true,
        partial: whereClause !== undefined,
      },
    ];
  }
  if ('CreateStmt' in node) {
    const table = tableOf(node.CreateStmt.relation, path);
    return (node.CreateStmt.tableElts ?? []).flatMap((element) =>
      'ColumnDef' in element
        ? keysIn(element.ColumnDef.constraints, table, element.ColumnDef.colname)
        : keysIn([element], table, undefined),
    );
  }
  if (!('AlterTableStmt' in node)) return [];
  const table = tableOf(node.AlterTableStmt.relation, path);
  return (node.AlterTableStmt.cmds ?? []).flatMap((command) => {
    const added = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
    return added === undefined ? [] : keysIn([added], table, undefined);
  });
}

const METHODS: Readonly<Record<string, string>> = {
  CONSTR_PRIMARY: 'btree',
  CONSTR_UNIQUE: 'btree',
  CONSTR_EXCLUSION: 'gist',
};

function keysIn(
  constraints: readonly SqlNode[] | undefined,
  table: string,
  column: string | undefined,
): PlannedIndex[] {
  return (constraints ?? []).flatMap((node) => {
    const constraint = 'Constraint' in node ? node.Constraint : undefined;
    const method = METHODS[constraint?.contype ?? ''];
    // Made of an index that a statement of its own makes.
    if (constraint === undefined || method === undefined || constraint.indexname !== undefined) return [];
    const named = (constraint.keys ?? []).map((key) => ('String' in key ? key.String.sval : undefined));
    const columns = named.length > 0 ? named : [column];
    return [{ table, method, columns, unique: true, partial: false }];
  });
}
