import type { SqlNode } from '../../postgres/index.ts';

import { nameIn, type Builder, type ColumnDraft, type TableDraft } from './builder.ts';
import { columnNamesIn } from './columns-in.ts';
import { constantOf, stringsOf, type Body } from './nodes.ts';
import type { Filler } from './schema.ts';

type ConstraintNode = Body<'Constraint'>;

interface Addition {
  readonly builder: Builder;
  readonly table: TableDraft;
  readonly constraint: ConstraintNode;
  /** Undefined: the constraint stands on its own. */
  readonly column: ColumnDraft | undefined;
  readonly columns: readonly string[];
}

/** A constraint of a table, inline at a column or on its own. Those that say nothing about values are passed over. */
export function addConstraint(
  builder: Builder,
  table: TableDraft,
  constraint: ConstraintNode,
  column?: ColumnDraft,
): void {
  const columns = column === undefined ? stringsOf(constraint.keys) : [column.name];
  ADD[constraint.contype ?? '']?.({ builder, table, constraint, column, columns });
}

const ADD: Readonly<Record<string, (addition: Addition) => void>> = {
  CONSTR_PRIMARY: ({ table, constraint, columns }) => {
    table.primaryKey = columns;
    table.uniques.push({ name: constraint.conname ?? `${table.name}_pkey`, columns, partial: false });
  },
  CONSTR_UNIQUE: ({ table, constraint, columns }) => {
    table.uniques.push({
      name: constraint.conname ?? `${table.name}_${columns.join('_')}_key`,
      columns,
      partial: false,
    });
  },
  CONSTR_FOREIGN: addForeignKey,
  CONSTR_CHECK: addCheck,
  CONSTR_EXCLUSION: ({ table, constraint }) => {
    table.exclusions.push({
      name: constraint.conname ?? `${table.name}_excl`,
      elements: (constraint.exclusions ?? []).flatMap(exclusionElement),
    });
  },
  CONSTR_NOTNULL: ({ table, columns }) => {
    for (const named of table.columns) if (columns.includes(named.name)) named.notNull = true;
  },
  CONSTR_DEFAULT: ({ constraint, column }) => {
    if (column !== undefined) column.filler = defaultFiller(constraint.raw_expr);
  },
  CONSTR_GENERATED: ({ column }) => {
    if (column !== undefined) column.filler = { kind: 'generated' };
  },
  CONSTR_IDENTITY: ({ column }) => {
    if (column === undefined) return;
    column.filler = { kind: 'sequence' };
    column.notNull = true;
  },
};

function exclusionElement(node: SqlNode): readonly { column: string | undefined; operator: string }[] {
  const [element, operators] = 'List' in node ? (node.List.items ?? []) : [];
  if (element === undefined || !('IndexElem' in element)) return [];
  const names = operators !== undefined && 'List' in operators ? stringsOf(operators.List.items) : [];
  return [{ column: element.IndexElem.name, operator: names.at(-1) ?? '' }];
}

function addForeignKey({ builder, table, constraint, column, columns }: Addition): void {
  const own = column === undefined ? stringsOf(constraint.fk_attrs) : columns;
  table.foreignKeys.push({
    name: constraint.conname ?? `${table.name}_${own.join('_')}_fkey`,
    columns: own,
    target: nameIn(builder, constraint.pktable).display,
    targetColumns: stringsOf(constraint.pk_attrs),
    line: builder.lineAt(constraint.location),
  });
}

function addCheck({
  builder,
  table,
  constraint: { raw_expr: expression, conname, location },
}: Addition): void {
  if (expression === undefined) return;
  // AddRelationNewConstraints: of one column, the check is named for it.
  const [first = '', ...others] = columnNamesIn(expression);
  const name = first === '' || others.length > 0 ? `${table.name}_check` : `${table.name}_${first}_check`;
  table.checks.push({ name: conname ?? name, expression, line: builder.lineAt(location) });
}

export function defaultFiller(expression: SqlNode | undefined): Filler {
  if (expression === undefined) return { kind: 'none' };
  const value = constantOf(expression);
  if (value !== undefined) return { kind: 'constant', value };
  const isSequence = 'FuncCall' in expression && stringsOf(expression.FuncCall.funcname).at(-1) === 'nextval';
  return { kind: isSequence ? 'sequence' : 'expression' };
}
