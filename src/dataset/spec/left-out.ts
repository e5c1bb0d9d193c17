import type { ColumnEntry } from '../definition.ts';
import type { DeclaredType } from '../schema/schema.ts';

import type { Context, Unread } from './context.ts';
import type { TableSource } from './table-source.ts';

/** Columns that COPY leaves to the server because no generator knows their type; an issue where it can not fill them. */
export function leftOut(
  { table, entry, reportSchema }: TableSource,
  { report, isUnread }: Context,
): readonly string[] {
  return table.columns.flatMap((column) => {
    const { name, type, notNull, filler, line } = column;
    if (filler.kind === 'generated' || isFillable(type, entry?.columns[name])) return [];
    if (isUnread(table.display, name) || isTypeUnread(type, isUnread)) return [];
    if (notNull && filler.kind === 'none') {
      if (type.kind === 'known')
        report(
          ['columns', name, 'default'],
          'the column is NOT NULL and has no DEFAULT',
          'name a generator instead',
        );
      else
        reportSchema(
          line,
          `${table.display}.${name}`,
          `no generator makes values of type ${type.name}, and the column is NOT NULL without a DEFAULT`,
          'give it a DEFAULT in the schema of the rehearsal',
        );
      return [];
    }
    return type.kind === 'known'
      ? []
      : [
          `${table.display}.${name}: no generator makes values of type ${type.name}; it is left ${filler.kind === 'none' ? 'NULL' : 'to its DEFAULT'}`,
        ];
  });
}

const isFillable = (type: DeclaredType, entry: ColumnEntry | undefined): boolean =>
  type.kind === 'known' && entry?.default !== true;

export const isTypeUnread = (type: DeclaredType, isUnread: Unread): boolean =>
  type.kind === 'unknown' && isUnread(type.name);
