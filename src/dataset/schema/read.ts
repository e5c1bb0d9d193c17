import { displayName, type SqlNode, type SqlStatement } from '../../postgres/index.ts';

import { alterTable } from './alter.ts';
import {
  finished,
  nameIn,
  qualifiedType,
  tableIn,
  type Builder,
  type ColumnDraft,
  type TableDraft,
} from './builder.ts';
import { addColumn, putColumn } from './columns.ts';
import { addConstraint } from './constraints.ts';
import { declaredType } from './declared-type.ts';
import { columnOf, constantOf, stringsOf, type Body } from './nodes.ts';
import { lineFinder } from './lines.ts';
import { addPartition, partitionsOf } from './partitions.ts';
import { changeSchema, rename } from './rename.ts';
import type { Schema } from './schema.ts';

/** The tables that the statements create. What is no table, type or constraint is left to the server. */
export function readSchema(sql: string, statements: readonly SqlStatement[]): Schema {
  const builder: Builder = {
    tables: new Map(),
    types: new Map(),
    domains: new Map(),
    currentSchema: 'public',
    lineAt: lineFinder(sql),
  };
  for (const { node } of statements) readStatement(builder, node);
  const all = [...builder.tables.values()];
  return {
    tables: all.filter((table) => !table.isPartition).map((table) => finished(builder, table)),
    partitioned: all.flatMap(({ partitions, schema, name }) =>
      partitions === undefined ? [] : [displayName(schema, name)],
    ),
  };
}

function readStatement(builder: Builder, node: SqlNode): void {
  if ('CreateStmt' in node) createTable(builder, node.CreateStmt);
  else if ('CreateEnumStmt' in node) createEnum(builder, node.CreateEnumStmt);
  else if ('CompositeTypeStmt' in node) createRecord(builder, node.CompositeTypeStmt);
  else if ('CreateRangeStmt' in node) createRange(builder, node.CreateRangeStmt);
  else if ('CreateDomainStmt' in node) createDomain(builder, node.CreateDomainStmt);
  else if ('IndexStmt' in node) createIndex(builder, node.IndexStmt);
  else if ('VariableSetStmt' in node) setVariable(builder, node.VariableSetStmt);
  else readChange(builder, node);
}

function readChange(builder: Builder, node: SqlNode): void {
  if ('AlterTableStmt' in node) alterTable(builder, node.AlterTableStmt);
  else if ('AlterEnumStmt' in node) alterEnum(builder, node.AlterEnumStmt);
  else if ('AlterDomainStmt' in node) alterDomain(builder, node.AlterDomainStmt);
  else if ('RenameStmt' in node) rename(builder, node.RenameStmt);
  else if ('AlterObjectSchemaStmt' in node) changeSchema(builder, node.AlterObjectSchemaStmt);
  else if ('DropStmt' in node) drop(builder, node.DropStmt);
}

function createTable(builder: Builder, statement: Body<'CreateStmt'>): void {
  // A temporary table is gone before anyone reads it.
  if (statement.relation?.relpersistence === 't') return;
  const { schema, name, display } = nameIn(builder, statement.relation);
  const table: TableDraft = {
    schema,
    name,
    line: builder.lineAt(statement.relation?.location),
    partitions: partitionsOf(statement),
    columns: inheritedColumns(builder, statement),
    primaryKey: [],
    uniques: [],
    foreignKeys: [],
    checks: [],
    exclusions: [],
    isPartition: statement.partbound !== undefined,
  };
  if (statement.if_not_exists === true && builder.tables.has(display)) return;
  builder.tables.set(display, table);
  for (const element of statement.tableElts ?? []) addElement(builder, table, element);
  for (const parent of statement.inhRelations ?? [])
    if ('RangeVar' in parent) inherit(builder, { table, parent: parent.RangeVar }, statement.partbound);
}

interface Inheritance {
  readonly table: TableDraft;
  readonly parent: Body<'RangeVar'>;
}

function inherit(
  builder: Builder,
  { table, parent: relation }: Inheritance,
  bound: Body<'PartitionBoundSpec'> | undefined,
): void {
  const parent = tableIn(builder, relation);
  const { schema, name } = table;
  addPartition(parent?.partitions, { schema, name, display: displayName(schema, name) }, bound);
  if (!table.isPartition) table.checks.push(...(parent?.checks ?? []));
}

/** INHERITS takes the parents' columns; a partition has no columns of its own to fill. */
function inheritedColumns(builder: Builder, statement: Body<'CreateStmt'>): ColumnDraft[] {
  if (statement.partbound !== undefined) return [];
  return (statement.inhRelations ?? []).flatMap((parent) =>
    'RangeVar' in parent ? copiedColumns(builder, parent.RangeVar) : [],
  );
}

function copiedColumns(builder: Builder, relation: Body<'RangeVar'> | undefined): ColumnDraft[] {
  return (tableIn(builder, relation)?.columns ?? []).map((column) => ({ ...column }));
}

function addElement(builder: Builder, table: TableDraft, element: SqlNode): void {
  if ('ColumnDef' in element) addColumn(builder, table, element.ColumnDef);
  else if ('Constraint' in element) addConstraint(builder, table, element.Constraint);
  else if ('TableLikeClause' in element) copyLike(builder, table, element.TableLikeClause);
}

/** Bits of a LIKE clause's options (parsenodes.h, TableLikeOption). */
const INCLUDING_CONSTRAINTS = 1 << 2;
const INCLUDING_INDEXES = 1 << 6;

function copyLike(
  builder: Builder,
  table: TableDraft,
  { relation, options = 0 }: Body<'TableLikeClause'>,
): void {
  const model = tableIn(builder, relation);
  if (model === undefined) return;
  for (const column of copiedColumns(builder, relation)) putColumn(table, column);
  if ((options & INCLUDING_CONSTRAINTS) !== 0) table.checks.push(...model.checks);
  if ((options & INCLUDING_INDEXES) === 0) return;
  table.uniques.push(...model.uniques);
  table.primaryKey = model.primaryKey;
}

function createEnum(builder: Builder, statement: Body<'CreateEnumStmt'>): void {
  const key = qualifiedType(builder, statement.typeName);
  builder.types.set(key, {
    kind: 'enum',
    name: key.replace(/^public\./, ''),
    labels: stringsOf(statement.vals),
  });
}

function alterEnum(
  builder: Builder,
  { typeName, newVal, oldVal, newValNeighbor, newValIsAfter }: Body<'AlterEnumStmt'>,
): void {
  const key = qualifiedType(builder, typeName);
  const type = builder.types.get(key);
  if (type?.kind !== 'enum' || newVal === undefined) return;
  const labels = type.labels.map((label) => (label === oldVal ? newVal : label));
  if (oldVal === undefined) {
    const neighbour = newValNeighbor === undefined ? -1 : labels.indexOf(newValNeighbor);
    labels.splice(neighbour < 0 ? labels.length : neighbour + (newValIsAfter === true ? 1 : 0), 0, newVal);
  }
  builder.types.set(key, { ...type, labels });
}

function createRecord(builder: Builder, { typevar, coldeflist = [] }: Body<'CompositeTypeStmt'>): void {
  const { schema, name, display } = nameIn(builder, typevar);
  const fields = coldeflist.flatMap((node) =>
    'ColumnDef' in node && node.ColumnDef.typeName !== undefined
      ? [{ name: node.ColumnDef.colname ?? '', type: declaredType(node.ColumnDef.typeName, builder.types) }]
      : [],
  );
  builder.types.set(`${schema}.${name}`, { kind: 'record', name: display, fields });
}

function createRange(builder: Builder, { typeName, params = [] }: Body<'CreateRangeStmt'>): void {
  const key = qualifiedType(builder, typeName);
  const options = new Map(
    params.flatMap((node) =>
      'DefElem' in node && node.DefElem.arg !== undefined && 'TypeName' in node.DefElem.arg
        ? [[node.DefElem.defname ?? '', node.DefElem.arg.TypeName] as const]
        : [],
    ),
  );
  const of = options.get('subtype');
  if (of === undefined) return;
  const subtype = declaredType(of, builder.types);
  const multi = options.get('multirange_type_name')?.names;
  const multiKey = multi === undefined ? multirangeName(key) : qualifiedType(builder, multi);
  for (const [name, isMulti] of [
    [key, false],
    [multiKey, true],
  ] as const)
    builder.types.set(name, { kind: 'range', name: name.replace(/^public\./, ''), subtype, multi: isMulti });
}

/** As makeMultirangeTypeName does: "range" becomes "multirange", else it is put behind. */
const multirangeName = (name: string): string =>
  name.includes('range') ? name.replace('range', 'multirange') : `${name}_multirange`;

function createDomain(builder: Builder, statement: Body<'CreateDomainStmt'>): void {
  if (statement.typeName === undefined) return;
  const key = qualifiedType(builder, statement.domainname);
  builder.types.set(key, { kind: 'domain', base: declaredType(statement.typeName, builder.types) });
  const constraints = (statement.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  const checks = constraints.flatMap(({ contype, raw_expr: expression }) =>
    contype === 'CONSTR_CHECK' && expression !== undefined ? [expression] : [],
  );
  builder.domains.set(key, {
    base: qualifiedType(builder, statement.typeName.names),
    checks,
    notNull: constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL'),
  });
}

/** What is asked of a domain later is asked of the columns that have it already. */
function alterDomain(builder: Builder, { subtype, typeName, def }: Body<'AlterDomainStmt'>): void {
  const key = qualifiedType(builder, typeName);
  const domain = builder.domains.get(key);
  if (domain === undefined) return;
  const { checks } = domain;
  const check = def !== undefined && 'Constraint' in def ? def.Constraint.raw_expr : undefined;
  if (subtype === 'N' || subtype === 'O') builder.domains.set(key, { ...domain, notNull: subtype === 'O' });
  if (subtype === 'C' && check !== undefined)
    builder.domains.set(key, { ...domain, checks: [...checks, check] });
}

/** A unique index is a unique key. */
function createIndex(builder: Builder, statement: Body<'IndexStmt'>): void {
  const table = tableIn(builder, statement.relation);
  if (table === undefined || statement.unique !== true) return;
  const columns = (statement.indexParams ?? []).map((param) =>
    'IndexElem' in param ? (param.IndexElem.name ?? keptColumn(param.IndexElem.expr)) : undefined,
  );
  const plain = columns.filter((column) => column !== undefined);
  if (plain.length === columns.length)
    table.uniques.push({
      name: statement.idxname ?? `${table.name}_idx`,
      columns: plain,
      partial: statement.whereClause !== undefined,
    });
}

/** Functions that keep generated values apart: `lower(email)` is unique where the e-mails differ in more than case. */
const KEEPING = [
  'lower',
  'upper',
  'md5',
  'sha256',
  'digest',
  'btrim',
  'trim',
  'unaccent',
  'encode',
  'to_hex',
];

/** The column of an expression whose values differ where the column's do. */
function keptColumn(expression: SqlNode | undefined): string | undefined {
  if (expression === undefined) return undefined;
  if ('FuncCall' in expression) {
    const name = stringsOf(expression.FuncCall.funcname).at(-1) ?? '';
    return KEEPING.includes(name) ? keptColumn(expression.FuncCall.args?.[0]) : undefined;
  }
  if ('CoalesceExpr' in expression) return keptColumn(expression.CoalesceExpr.args?.[0]);
  if ('CollateClause' in expression) return keptColumn(expression.CollateClause.arg);
  return 'TypeCast' in expression ? keptColumn(expression.TypeCast.arg) : columnOf(expression);
}

function setVariable(builder: Builder, statement: Body<'VariableSetStmt'>): void {
  const head = constantOf(statement.args?.[0]);
  if (statement.name === 'search_path' && typeof head === 'string' && head !== '')
    builder.currentSchema = head;
}

function drop(builder: Builder, statement: Body<'DropStmt'>): void {
  for (const object of statement.objects ?? []) {
    if (!('List' in object)) continue;
    const [relname = '', schemaname = builder.currentSchema] = stringsOf(object.List.items).toReversed();
    if (statement.removeType === 'OBJECT_TABLE')
      builder.tables.delete(nameIn(builder, { relname, schemaname }).display);
    if (statement.removeType === 'OBJECT_INDEX') dropIndex(builder, schemaname, relname);
  }
}

function dropIndex({ tables }: Builder, schema: string, name: string): void {
  for (const table of tables.values())
    if (table.schema === schema) table.uniques = table.uniques.filter((key) => key.name !== name);
}
