import { nameIn, type Builder, type ColumnDraft, type TableDraft } from './builder.ts';
import { constantOf, stringsOf, type Body } from './nodes.ts';
import type { Filler } from './schema.ts';
import type { SqlNode } from '../../postgres/index.ts';

type ConstraintNode = Body<'Constraint'>;

/** A constraint of a table, inline at a column or on its own. */
export function addConstraint(builder: Builder, table: TableDraft, constraint: ConstraintNode, column?: ColumnDraft): void {
  const columns = column === undefined ? stringsOf(constraint.keys) : [column.name];
  switch (constraint.contype) {
    case 'CONSTR_PRIMARY':
      table.primaryKey = columns;
      table.uniques.push({ name: constraint.conname ?? `${table.name}_pkey`, columns });
      return;
    case 'CONSTR_UNIQUE':
      table.uniques.push({ name: constraint.conname ?? `${table.name}_${columns.join('_')}_key`, columns });
      return;
    case 'CONSTR_FOREIGN':
      table.foreignKeys.push({
        columns: column === undefined ? stringsOf(constraint.fk_attrs) : columns,
        target: nameIn(builder, constraint.pktable).display,
        targetColumns: stringsOf(constraint.pk_attrs),
        line: builder.lineAt(constraint.location),
      });
      return;
    case 'CONSTR_CHECK':
      addCheck(builder, table, constraint);
      return;
    case 'CONSTR_NOTNULL':
      for (const named of table.columns) if (columns.includes(named.name)) named.notNull = true;
      return;
    default:
      if (column !== undefined) fillBy(constraint, column);
  }
}

function addCheck(builder: Builder, table: TableDraft, { raw_expr: expression, conname, location }: ConstraintNode): void {
  if (expression === undefined) return;
  table.checks.push({ name: conname ?? `${table.name}_check`, expression, line: builder.lineAt(location) });
}

function fillBy(constraint: ConstraintNode, column: ColumnDraft): void {
  if (constraint.contype === 'CONSTR_DEFAULT') column.filler = defaultFiller(constraint.raw_expr);
  if (constraint.contype === 'CONSTR_GENERATED') column.filler = { kind: 'generated' };
  if (constraint.contype !== 'CONSTR_IDENTITY') return;
  column.filler = { kind: 'sequence' };
  column.notNull = true;
}

export function defaultFiller(expression: SqlNode | undefined): Filler {
  if (expression === undefined) return { kind: 'none' };
  const value = constantOf(expression);
  if (value !== undefined) return { kind: 'constant', value };
  const isSequence = 'FuncCall' in expression && stringsOf(expression.FuncCall.funcname).at(-1) === 'nextval';
  return { kind: isSequence ? 'sequence' : 'expression' };
}
