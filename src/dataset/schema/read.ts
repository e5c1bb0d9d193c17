import type { SqlNode, SqlStatement } from '../../postgres/index.ts';

import {
  finished,
  nameIn,
  qualifiedType,
  tableIn,
  type Builder,
  type ColumnDraft,
  type TableDraft,
} from './builder.ts';
import { addConstraint, defaultFiller } from './constraints.ts';
import { declaredType, SERIALS, typeNameOf } from './declared-type.ts';
import { columnOf, constantOf, stringsOf, type Body } from './nodes.ts';
import { addBound, partitionsOf } from './partitions.ts';
import type { Schema } from './schema.ts';

/** The tables that the statements create. What is no table, type or constraint is left to the server. */
export function readSchema(sql: string, statements: readonly SqlStatement[]): Schema {
  const source = Buffer.from(sql, 'utf8');
  const builder: Builder = {
    tables: new Map(),
    types: new Map(),
    domains: new Map(),
    currentSchema: 'public',
    lineAt: (offset = 0) => source.subarray(0, offset).toString('utf8').split('\n').length,
  };
  for (const { node } of statements) readStatement(builder, node);
  return { tables: [...builder.tables.values()].filter((table) => !table.isPartition).map(finished) };
}

function readStatement(builder: Builder, node: SqlNode): void {
  if ('CreateStmt' in node) createTable(builder, node.CreateStmt);
  else if ('AlterTableStmt' in node) alterTable(builder, node.AlterTableStmt);
  else if ('CreateEnumStmt' in node) createEnum(builder, node.CreateEnumStmt);
  else if ('CreateDomainStmt' in node) createDomain(builder, node.CreateDomainStmt);
  else if ('IndexStmt' in node) createIndex(builder, node.IndexStmt);
  else if ('VariableSetStmt' in node) setVariable(builder, node.VariableSetStmt);
  else if ('DropStmt' in node) dropTables(builder, node.DropStmt);
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
    isPartition: statement.partbound !== undefined,
  };
  if (statement.if_not_exists === true && builder.tables.has(display)) return;
  builder.tables.set(display, table);
  for (const element of statement.tableElts ?? []) addElement(builder, table, element);
  for (const parent of statement.inhRelations ?? []) {
    if ('RangeVar' in parent) addBound(tableIn(builder, parent.RangeVar)?.partitions, statement.partbound);
  }
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
  table.columns.push(...copiedColumns(builder, relation));
  if ((options & INCLUDING_CONSTRAINTS) !== 0) table.checks.push(...model.checks);
  if ((options & INCLUDING_INDEXES) === 0) return;
  table.uniques.push(...model.uniques);
  table.primaryKey = model.primaryKey;
}

function addColumn(builder: Builder, table: TableDraft, definition: Body<'ColumnDef'>): void {
  const { typeName, colname = '' } = definition;
  if (typeName === undefined) return;
  const isSerial = typeNameOf(typeName) in SERIALS;
  const column: ColumnDraft = {
    name: colname,
    type: declaredType(typeName, builder.types),
    notNull: isSerial,
    filler: { kind: isSerial ? 'sequence' : 'none' },
    line: builder.lineAt(definition.location),
  };
  table.columns.push(column);
  const constraints = (definition.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  for (const constraint of constraints) addConstraint(builder, table, constraint, column);
  const domain = builder.domains.get(qualifiedType(builder, typeName.names));
  if (domain?.notNull === true) column.notNull = true;
  for (const expression of domain?.checks ?? []) {
    table.checks.push({
      name: typeNameOf(typeName),
      expression,
      line: column.line,
      domainColumn: colname,
    });
  }
}

function alterTable(builder: Builder, statement: Body<'AlterTableStmt'>): void {
  const table = tableIn(builder, statement.relation);
  if (table === undefined) return;
  for (const node of statement.cmds ?? [])
    if ('AlterTableCmd' in node) alter(builder, table, node.AlterTableCmd);
}

function alter(builder: Builder, table: TableDraft, command: Body<'AlterTableCmd'>): void {
  const column = table.columns.find((one) => one.name === command.name);
  if (column === undefined) alterTableItself(builder, table, command);
  else ALTER_COLUMN[command.subtype ?? '']?.(column, command, table);
}

function alterTableItself(
  builder: Builder,
  table: TableDraft,
  { subtype, def: definition }: Body<'AlterTableCmd'>,
): void {
  if (definition === undefined) return;
  if (subtype === 'AT_AddConstraint' && 'Constraint' in definition)
    addConstraint(builder, table, definition.Constraint);
  if (subtype === 'AT_AddColumn' && 'ColumnDef' in definition)
    addColumn(builder, table, definition.ColumnDef);
  if (subtype === 'AT_AttachPartition' && 'PartitionCmd' in definition)
    attach(builder, table, definition.PartitionCmd);
}

type AlterColumn = (column: ColumnDraft, command: Body<'AlterTableCmd'>, table: TableDraft) => void;

const ALTER_COLUMN: Readonly<Record<string, AlterColumn>> = {
  AT_ColumnDefault: (column, command) => void (column.filler = defaultFiller(command.def)),
  AT_AddIdentity: (column) => void (column.filler = { kind: 'sequence' }),
  AT_SetNotNull: (column) => void (column.notNull = true),
  AT_DropNotNull: (column) => void (column.notNull = false),
  AT_DropColumn: (column, _, table) => void table.columns.splice(table.columns.indexOf(column), 1),
};

function attach(builder: Builder, parent: TableDraft, { name, bound }: Body<'PartitionCmd'>): void {
  const partition = tableIn(builder, name);
  if (partition !== undefined) partition.isPartition = true;
  addBound(parent.partitions, bound);
}

function createEnum(builder: Builder, statement: Body<'CreateEnumStmt'>): void {
  const key = qualifiedType(builder, statement.typeName);
  builder.types.set(key, {
    kind: 'enum',
    name: key.replace(/^public\./, ''),
    labels: stringsOf(statement.vals),
  });
}

function createDomain(builder: Builder, statement: Body<'CreateDomainStmt'>): void {
  if (statement.typeName === undefined) return;
  const key = qualifiedType(builder, statement.domainname);
  builder.types.set(key, { kind: 'domain', base: declaredType(statement.typeName, builder.types) });
  const constraints = (statement.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  builder.domains.set(key, {
    checks: constraints.flatMap(({ contype, raw_expr: expression }) =>
      contype === 'CONSTR_CHECK' && expression !== undefined ? [expression] : [],
    ),
    notNull: constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL'),
  });
}

/** A unique index on plain columns without a predicate is a unique key. */
function createIndex(builder: Builder, statement: Body<'IndexStmt'>): void {
  const table = tableIn(builder, statement.relation);
  if (table === undefined || statement.unique !== true || statement.whereClause !== undefined) return;
  const columns = (statement.indexParams ?? []).map((param) =>
    'IndexElem' in param ? indexedColumn(param.IndexElem) : undefined,
  );
  const plain = columns.filter((column) => column !== undefined);
  if (plain.length === columns.length)
    table.uniques.push({ name: statement.idxname ?? `${table.name}_idx`, columns: plain });
}

/** `lower(email)` is unique where the e-mails differ in more than case, as generated ones do. */
function indexedColumn(element: Body<'IndexElem'>): string | undefined {
  const { name, expr } = element;
  if (name !== undefined) return name;
  const lowered =
    expr !== undefined && 'FuncCall' in expr && stringsOf(expr.FuncCall.funcname).at(-1) === 'lower';
  return lowered ? columnOf(expr.FuncCall.args?.[0]) : undefined;
}

function setVariable(builder: Builder, statement: Body<'VariableSetStmt'>): void {
  const head = constantOf(statement.args?.[0]);
  if (statement.name === 'search_path' && typeof head === 'string' && head !== '')
    builder.currentSchema = head;
}

function dropTables(builder: Builder, statement: Body<'DropStmt'>): void {
  if (statement.removeType !== 'OBJECT_TABLE') return;
  for (const object of statement.objects ?? []) {
    if (!('List' in object)) continue;
    const [name = '', schema = builder.currentSchema] = stringsOf(object.List.items).toReversed();
    builder.tables.delete(nameIn(builder, { relname: name, schemaname: schema }).display);
  }
}
