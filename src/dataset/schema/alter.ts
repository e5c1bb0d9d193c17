import { nameIn, tableIn, type Builder, type ColumnDraft, type TableDraft } from './builder.ts';
import { addColumn, typeIn } from './columns.ts';
import { addConstraint, defaultFiller } from './constraints.ts';
import type { Body } from './nodes.ts';
import { addPartition } from './partitions.ts';

type Command = Body<'AlterTableCmd'>;

export function alterTable(builder: Builder, statement: Body<'AlterTableStmt'>): void {
  const table = tableIn(builder, statement.relation);
  if (table === undefined) return;
  for (const node of statement.cmds ?? [])
    if ('AlterTableCmd' in node) alter(builder, table, node.AlterTableCmd);
}

function alter(builder: Builder, table: TableDraft, command: Command): void {
  const column = table.columns.find((one) => one.name === command.name);
  if (column !== undefined) ALTER_COLUMN[command.subtype ?? '']?.(column, command, { builder, table });
  ALTER_TABLE[command.subtype ?? '']?.(table, command, builder);
}

interface Place {
  readonly builder: Builder;
  readonly table: TableDraft;
}

type AlterColumn = (column: ColumnDraft, command: Command, place: Place) => void;

const ALTER_COLUMN: Readonly<Record<string, AlterColumn>> = {
  AT_ColumnDefault: (column, command) => void (column.filler = defaultFiller(command.def)),
  AT_AddIdentity: (column) => void (column.filler = { kind: 'sequence' }),
  AT_DropIdentity: (column) => void (column.filler = { kind: 'none' }),
  AT_DropExpression: (column) => void (column.filler = { kind: 'none' }),
  AT_SetNotNull: (column) => void (column.notNull = true),
  AT_DropNotNull: (column) => void (column.notNull = false),
  AT_AlterColumnType: (column, { def: definition }, { builder }) => {
    if (definition === undefined || !('ColumnDef' in definition)) return;
    const { typeName } = definition.ColumnDef;
    if (typeName !== undefined) Object.assign(column, typeIn(builder, typeName));
  },
  AT_DropColumn: (column, _, { table }) => {
    table.columns.splice(table.columns.indexOf(column), 1);
    const isKept = ({ columns }: { readonly columns: readonly string[] }): boolean =>
      !columns.includes(column.name);
    table.uniques = table.uniques.filter(isKept);
    table.foreignKeys = table.foreignKeys.filter(isKept);
    if (table.primaryKey.includes(column.name)) table.primaryKey = [];
  },
};

type AlterTable = (table: TableDraft, command: Command, builder: Builder) => void;

const ALTER_TABLE: Readonly<Record<string, AlterTable>> = {
  AT_AddConstraint: (table, { def: definition }, builder) => {
    if (definition !== undefined && 'Constraint' in definition)
      addConstraint(builder, table, definition.Constraint);
  },
  AT_DropConstraint: (table, { name }) => {
    const [dropped] = table.uniques.filter((key) => key.name === name);
    if (dropped?.columns === table.primaryKey) table.primaryKey = [];
    table.uniques = table.uniques.filter((key) => key.name !== name);
    table.foreignKeys = table.foreignKeys.filter((key) => key.name !== name);
    table.checks = table.checks.filter((check) => check.name !== name);
  },
  AT_AddColumn: (table, { def: definition, missing_ok: ifNotExists }, builder) => {
    if (definition === undefined || !('ColumnDef' in definition)) return;
    const { ColumnDef: column } = definition;
    const isThere = table.columns.some(({ name }) => name === column.colname);
    if (!isThere || ifNotExists !== true) addColumn(builder, table, column);
  },
  AT_AttachPartition: (table, { def: definition }, builder) => {
    if (definition === undefined || !('PartitionCmd' in definition)) return;
    const { name, bound } = definition.PartitionCmd;
    const partition = tableIn(builder, name);
    if (partition !== undefined) partition.isPartition = true;
    addPartition(table.partitions, nameIn(builder, name), bound);
  },
};
