import { Failure } from '../../errors.ts';
import type { Generator, JsonTemplate, Pick, ReferenceGenerator } from '../generator.ts';
import type { Column, ResolvedColumn, ResolvedLayout, Table } from '../model.ts';
import { countOfNulls } from '../nulls.ts';

import { checkArrangement } from './arrangement.ts';
import type { Resolving } from './resolving.ts';

export const rowsOf = (table: string, { rows }: Resolving): number => rows.get(table) ?? 0;

export function resolveColumn(address: string, resolving: Resolving): ResolvedColumn {
  const known = resolving.columns.get(address);
  if (known !== undefined) return known;
  const dot = address.lastIndexOf('.');
  const table = resolving.tables.get(address.slice(0, dot));
  const column = table?.columns.find((one) => one.name === address.slice(dot + 1));
  if (table === undefined || column === undefined)
    throw new Failure('bug', { message: `the dataset has no column ${address}` });
  const resolved = makeColumn(table, column, resolving);
  resolving.columns.set(address, resolved);
  return resolved;
}

function makeColumn(table: Table, column: Column, resolving: Resolving): ResolvedColumn {
  const address = `${table.display}.${column.name}`;
  const rows = rowsOf(table.display, resolving);
  const replaced = resolving.replaced.get(address);
  const nullFrac = replaced === undefined ? column.nullFrac : 0;
  const distinct = distinctOf(column, rows, resolving);
  const generator = resolveGenerator(replaced ?? column.generator, distinct, (key) =>
    resolveColumn(key, resolving),
  );
  const present = rows - countOfNulls(nullFrac, rows);
  const resolved: ResolvedColumn = {
    table: table.display,
    name: column.name,
    type: column.type,
    rows,
    seed: resolving.seed,
    nullFrac,
    layout: resolveLayout(table, resolving),
    generator,
    asked: {
      nullFrac: generator.kind === 'constant' && generator.value === null ? 1 : nullFrac,
      nDistinct: column.asked.unique && distinct === undefined ? present : distinct,
      correlation: column.asked.correlation,
      unique: column.asked.unique,
    },
  };
  return checkArrangement(resolved, column.at, resolving);
}

/** The number of different values that the file asks for, at this scale. */
function distinctOf({ asked, nullFrac }: Column, rows: number, { scale }: Resolving): number | undefined {
  const { distinct } = asked;
  if (distinct === undefined) return undefined;
  const present = Math.max(1, rows - countOfNulls(nullFrac, rows));
  if (distinct < 0) return Math.max(1, Math.min(present, Math.round(-distinct * rows)));
  // At a small scale there may be fewer rows than values in production.
  return scale < 1 ? Math.min(present, Math.round(distinct)) : Math.round(distinct);
}

function resolveLayout({ layout }: Table, resolving: Resolving): ResolvedLayout {
  switch (layout.kind) {
    case 'independent':
      return layout;
    case 'spread':
      return { kind: 'spread', parents: rowsOf(layout.parent, resolving) };
    case 'clustered':
      return { kind: 'clustered', parents: rowsOf(layout.parent, resolving), fanout: layout.fanout };
  }
}

type Find = (key: string) => ResolvedColumn;

function resolveGenerator(
  generator: Generator<string>,
  distinct: number | undefined,
  find: Find,
): Generator<ResolvedColumn> {
  const inner = (one: Generator<string>): Generator<ResolvedColumn> => resolveGenerator(one, undefined, find);
  if (generator.kind === 'reference') return resolveReference(generator, find);
  if (generator.kind === 'after') return { ...generator, base: find(generator.base) };
  if (generator.kind === 'array' || generator.kind === 'range')
    return { ...generator, of: inner(generator.of) };
  if (generator.kind === 'record') return { ...generator, fields: generator.fields.map(inner) };
  if (generator.kind === 'branch') return { ...generator, of: generator.of.map(inner) };
  if (generator.kind === 'indexed')
    return { ...generator, of: inner(generator.of), distinct: distinct ?? generator.distinct };
  return generator.kind === 'json'
    ? { ...generator, template: resolveTemplate(generator.template, inner) }
    : generator;
}

const resolveReference = (
  generator: ReferenceGenerator<string>,
  find: Find,
): ReferenceGenerator<ResolvedColumn> => ({
  ...generator,
  key: find(generator.key),
  pick: resolvePick(generator.pick, find),
});

function resolvePick(pick: Pick<string>, find: Find): Pick<ResolvedColumn> {
  return pick.kind === 'within' ? { ...pick, owner: resolveReference(pick.owner, find) } : pick;
}

type Inner = (generator: Generator<string>) => Generator<ResolvedColumn>;

function resolveTemplate(template: JsonTemplate<string>, inner: Inner): JsonTemplate<ResolvedColumn> {
  switch (template.kind) {
    case 'literal':
      return template;
    case 'object':
      return {
        kind: 'object',
        entries: template.entries.map(({ key, value }) => ({ key, value: resolveTemplate(value, inner) })),
      };
    case 'list':
      return { kind: 'list', items: template.items.map((item) => resolveTemplate(item, inner)) };
    case 'value':
      return { ...template, generator: inner(template.generator) };
  }
}
