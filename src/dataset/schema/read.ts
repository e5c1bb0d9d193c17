import { displayName, type SqlNode, type SqlStatement } from '../../postgres/index.ts';

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
import { lineFinder } from './lines.ts';
import { addPartition, partitionsOf } from './partitions.ts';
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
    tables: all.filter((table) => !table.isPartition).map(finished),
    partitioned: all.flatMap(({ partitions, schema, name }) =>
      partitions === undefined ? [] : [displayName(schema, name)],
    ),
  };
}

function readStatement(builder: Builder, node: SqlNode): void {
  if ('CreateStmt' in node) createTable(builder, node.CreateStmt);
  else if ('AlterTableStmt' in node) alterTable(builder, node.AlterTableStmt);
  else if ('CreateEnumStmt' in node) createEnum(builder, node.CreateEnumStmt);
  else if ('AlterEnumStmt' in node) alterEnum(builder, node.AlterEnumStmt);
  else if ('CompositeTypeStmt' in node) createRecord(builder, node.CompositeTypeStmt);
  else if ('CreateRangeStmt' in node) createRange(builder, node.CreateRangeStmt);
  else if ('RenameStmt' in node) rename(builder, node.RenameStmt);
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
    exclusions: [],
    isPartition: statement.partbound !== undefined,
  };
  if (statement.if_not_exists === true && builder.tables.has(display)) return;
  builder.tables.set(display, table);
  for (const element of statement.tableElts ?? []) addElement(builder, table, element);
  for (const parent of statement.inhRelations ?? []) {
    if ('RangeVar' in parent)
      addPartition(
        tableIn(builder, parent.RangeVar)?.partitions,
        { schema, name, display },
        statement.partbound,
      );
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
  addPartition(parent.partitions, nameIn(builder, name), bound);
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

function rename(builder: Builder, { renameType, relation, subname, newname = '' }: Body<'RenameStmt'>): void {
  const table = tableIn(builder, relation);
  if (table === undefined) return;
  if (renameType === 'OBJECT_COLUMN') {
    const column = table.columns.find((one) => one.name === subname);
    if (column !== undefined) table.columns[table.columns.indexOf(column)] = { ...column, name: newname };
  } else if (renameType === 'OBJECT_TABLE') {
    builder.tables.delete(displayName(table.schema, table.name));
    builder.tables.set(displayName(table.schema, newname), { ...table, name: newname });
  }
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

function dropTables(builder: Builder, statement: Body<'DropStmt'>): void {
  if (statement.removeType !== 'OBJECT_TABLE') return;
  for (const object of statement.objects ?? []) {
    if (!('List' in object)) continue;
    const [name = '', schema = builder.currentSchema] = stringsOf(object.List.items).toReversed();
    builder.tables.delete(nameIn(builder, { relname: name, schemaname: schema }).display);
  }
}
