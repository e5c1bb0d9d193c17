import { qualifiedType, type Builder, type ColumnDraft, type TableDraft } from './builder.ts';
import { addConstraint } from './constraints.ts';
import { declaredType, SERIALS, typeNameOf } from './declared-type.ts';
import type { Body } from './nodes.ts';

export function addColumn(builder: Builder, table: TableDraft, definition: Body<'ColumnDef'>): void {
  const { typeName, colname = '' } = definition;
  if (typeName === undefined) return;
  const isSerial = typeNameOf(typeName) in SERIALS;
  const column: ColumnDraft = {
    name: colname,
    ...typeIn(builder, typeName),
    notNull: isSerial,
    filler: { kind: isSerial ? 'sequence' : 'none' },
    line: builder.lineAt(definition.location),
  };
  putColumn(table, column);
  const constraints = (definition.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  for (const constraint of constraints) addConstraint(builder, table, constraint, column);
}

/** A column of the name that is there is an inherited one: they become one. */
export function putColumn({ columns }: TableDraft, column: ColumnDraft): void {
  const place = columns.findIndex(({ name }) => name === column.name);
  const inherited = columns[place];
  if (inherited === undefined) columns.push(column);
  else columns[place] = { ...column, notNull: column.notNull || inherited.notNull };
}

export function typeIn(builder: Builder, typeName: Body<'TypeName'>): Pick<ColumnDraft, 'type' | 'typeKey'> {
  const isArray = (typeName.arrayBounds ?? []).length > 0;
  return {
    type: declaredType(typeName, builder.types),
    typeKey: `${qualifiedType(builder, typeName.names)}${isArray ? '[]' : ''}`,
  };
}
