import { splitStatements, withoutComments, type SqlNode, type SqlStatement } from '../postgres/index.ts';

import { alterTableShape, singleCommands } from './shape-alter-table.ts';
import { bareName, plain } from './plain-name.ts';
import { SourceText } from './source-text.ts';
import type { StatementShape } from './statement-shape.ts';

type Body<Kind extends string> =
  Extract<SqlNode, Readonly<Record<Kind, unknown>>> extends Readonly<Record<Kind, infer Content>>
    ? Content
    : never;

const OTHER: StatementShape = { kind: 'other' };

/** One shape for each command of the text; what is no SQL has the shape `other`. */
export const shapesOf = (text: string): readonly StatementShape[] =>
  commandsOf(text).flatMap((commands) => commands.flatMap(({ shapes }) => shapes));

export interface Command {
  /** Without comments. */
  readonly text: string;
  readonly shapes: readonly StatementShape[];
}

/** Of each statement of the text: ALTER TABLE may have several, and each stands as a statement of its own. */
export function commandsOf(text: string): readonly (readonly Command[])[] {
  const parsed = splitStatements(withoutComments(text));
  return parsed.ok ? parsed.statements.map(commandsIn) : [[{ text, shapes: [OTHER] }]];
}

function commandsIn({ text, node }: SqlStatement): readonly Command[] {
  // The parser's locations count from the beginning of the whole text.
  const [statement] = statementsOf(text);
  if (statement === undefined) return [{ text, shapes: shapesOfNode(node, text) }];
  const texts =
    'AlterTableStmt' in statement.node
      ? singleCommands(statement.node.AlterTableStmt, new SourceText(text))
      : [text];
  return texts.map((command) => ({
    text: command,
    shapes: statementsOf(command).flatMap((one) => shapesOfNode(one.node, command)),
  }));
}

function statementsOf(text: string): readonly SqlStatement[] {
  const parsed = splitStatements(text);
  return parsed.ok ? parsed.statements : [];
}

function shapesOfNode(node: SqlNode, text: string): readonly StatementShape[] {
  const source = new SourceText(text);
  if ('AlterTableStmt' in node) return [alterTableShape(node.AlterTableStmt, source)];
  if ('VacuumStmt' in node) return vacuumShapes(node.VacuumStmt, source);
  if ('TruncateStmt' in node)
    return [
      { kind: 'truncate', tables: (node.TruncateStmt.relations ?? []).flatMap((one) => nameOf(one, source)) },
    ];
  return [
    indexShape(node, source) ?? objectShape(node, source) ?? rowsShape(node, source) ?? sessionShape(node),
  ];
}

function indexShape(node: SqlNode, source: SourceText): StatementShape | undefined {
  if ('IndexStmt' in node) return createIndexShape(node.IndexStmt, source);
  if ('ReindexStmt' in node) return reindexShape(node.ReindexStmt);
  if (!('DropStmt' in node)) return undefined;
  const { removeType, objects = [], concurrent } = node.DropStmt;
  const names = objects.map(writtenName);
  if (removeType === 'OBJECT_INDEX')
    return { kind: 'drop-index', indexes: names, concurrently: concurrent === true };
  return removeType === 'OBJECT_TABLE' ? { kind: 'drop-table', tables: names } : undefined;
}

function createIndexShape(statement: Body<'IndexStmt'>, source: SourceText): StatementShape {
  const { relation, idxname, indexParams = [], unique, concurrent } = statement;
  const location = relation?.location ?? 0;
  const table = source.nameAt(location);
  const columns = indexParams.flatMap((node) => ('IndexElem' in node ? [node.IndexElem.name ?? 'expr'] : []));
  const [, upTo = '', rest = ''] = /^(create\s+(?:unique\s+)?index)\s+(.*)$/is.exec(source.between(0)) ?? [];
  return {
    kind: 'create-index',
    table,
    name: plain(idxname ?? [bareName(table), ...columns, 'idx'].join('_')),
    unique: unique === true,
    text: [upTo, rest],
    definition: source.between(location + Buffer.byteLength(table, 'utf8')),
    only: relation?.inh !== true,
    concurrently: concurrent === true,
  };
}

function reindexShape({ kind, relation, params = [] }: Body<'ReindexStmt'>): StatementShape {
  const name = [relation?.schemaname, relation?.relname]
    .flatMap((part) => part ?? [])
    .map(plain)
    .join('.');
  const concurrently = params.some((one) => 'DefElem' in one && one.DefElem.defname === 'concurrently');
  if (kind === 'REINDEX_OBJECT_INDEX') return { kind: 'reindex', what: 'INDEX', name, concurrently };
  return kind === 'REINDEX_OBJECT_TABLE' ? { kind: 'reindex', what: 'TABLE', name, concurrently } : OTHER;
}

function objectShape(node: SqlNode, source: SourceText): StatementShape | undefined {
  if ('RenameStmt' in node) return renameShape(node.RenameStmt, source);
  if ('ClusterStmt' in node)
    return { kind: 'reorganize', table: source.nameAt(node.ClusterStmt.relation?.location) };
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt;
    return { kind: 'refresh', view: source.nameAt(relation?.location), concurrently: concurrent === true };
  }
  if (!('AlterDomainStmt' in node)) return undefined;
  const { def, typeName = [], subtype } = node.AlterDomainStmt;
  const name = def !== undefined && 'Constraint' in def ? def.Constraint.conname : undefined;
  if (subtype !== 'C' || name === undefined) return OTHER;
  const domain = writtenName({ List: { items: typeName } });
  return { kind: 'domain-constraint', domain, name: plain(name), text: source.between(0) };
}

function renameShape(statement: Body<'RenameStmt'>, source: SourceText): StatementShape {
  const { renameType, relation, subname = '', newname = '' } = statement;
  const table = source.nameAt(relation?.location);
  if (renameType === 'OBJECT_COLUMN')
    return { kind: 'rename-column', table, column: plain(subname), to: plain(newname) };
  return renameType === 'OBJECT_TABLE' ? { kind: 'rename-table', table, to: plain(newname) } : OTHER;
}

/** Only of one table: rows that are found by a join have no batches of their own. */
function rowsShape(node: SqlNode, source: SourceText): StatementShape | undefined {
  if ('UpdateStmt' in node) return updateShape(node.UpdateStmt, source);
  return 'DeleteStmt' in node ? deleteShape(node.DeleteStmt, source) : undefined;
}

function updateShape(statement: Body<'UpdateStmt'>, source: SourceText): StatementShape {
  const { relation, targetList = [], fromClause, returningClause, withClause, whereClause } = statement;
  if ([fromClause, returningClause, withClause].some((clause) => clause !== undefined)) return OTHER;
  const targets = targetList.flatMap((node) => ('ResTarget' in node ? [node.ResTarget] : []));
  const [set, where] = splitWhere(source.between(targets[0]?.location ?? 0), whereClause !== undefined);
  return {
    kind: 'update',
    table: source.nameAt(relation?.location),
    alias: aliasOf(relation),
    columns: targets.map(({ name = '' }) => plain(name)),
    set,
    where,
  };
}

function deleteShape(statement: Body<'DeleteStmt'>, source: SourceText): StatementShape {
  const { relation, usingClause, returningClause, withClause, whereClause } = statement;
  if ([usingClause, returningClause, withClause].some((clause) => clause !== undefined)) return OTHER;
  const [, where] = splitWhere(source.between(relation?.location ?? 0), whereClause !== undefined);
  return { kind: 'delete', table: source.nameAt(relation?.location), alias: aliasOf(relation), where };
}

const aliasOf = (relation: Body<'UpdateStmt'>['relation']): string | undefined =>
  relation?.alias?.aliasname === undefined ? undefined : plain(relation.alias.aliasname);

/** The parser does not say where WHERE stands: the first text from which on everything parses as a condition. */
function splitWhere(text: string, hasWhere: boolean): readonly [string, string | undefined] {
  if (!hasWhere) return [text, undefined];
  for (const match of text.matchAll(/\bwhere\b/gi)) {
    const condition = text.slice(match.index + match[0].length).trim();
    if (splitStatements(`SELECT 1 WHERE (${condition})`).ok)
      return [text.slice(0, match.index).trim(), condition];
  }
  return [text, undefined];
}

function sessionShape(node: SqlNode): StatementShape {
  if ('TransactionStmt' in node) return { kind: 'transaction-control' };
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'lock_timeout')
    return isLimit(node.VariableSetStmt) ? { kind: 'set-lock-timeout' } : OTHER;
  return OTHER;
}

/** 0 is no limit. */
function isLimit({ kind, args = [] }: Body<'VariableSetStmt'>): boolean {
  const [value] = args.flatMap((node) => ('A_Const' in node ? [node.A_Const] : []));
  const written = value?.sval?.sval ?? value?.fval?.fval ?? value?.ival?.ival ?? 0;
  return kind === 'VAR_SET_VALUE' && Number.parseFloat(String(written)) > 0;
}

function vacuumShapes(
  { rels = [], options = [] }: Body<'VacuumStmt'>,
  source: SourceText,
): readonly StatementShape[] {
  const isFull = options.some((option) => 'DefElem' in option && option.DefElem.defname === 'full');
  return rels.flatMap((relation) =>
    isFull && 'VacuumRelation' in relation
      ? [{ kind: 'reorganize' as const, table: source.nameAt(relation.VacuumRelation.relation?.location) }]
      : [OTHER],
  );
}

const nameOf = (node: SqlNode, source: SourceText): readonly string[] =>
  'RangeVar' in node ? [source.nameAt(node.RangeVar.location)] : [];

/** Of an object that the parser gives as a list of its parts. */
function writtenName(node: SqlNode): string {
  const items = 'List' in node ? (node.List.items ?? []) : [];
  return items.flatMap((item) => ('String' in item ? [plain(item.String.sval ?? '')] : [])).join('.');
}
