import type { Path } from '../../document/index.ts';
import { displayName } from '../../postgres/index.ts';
import type { ColumnEntry, TableEntry } from '../definition.ts';
import type { Generator } from '../generator.ts';
import { literal } from '../literal.ts';
import type { Column, Table, TableLayout, TableSize } from '../model.ts';
import type { SchemaColumn, SchemaTable } from '../schema/schema.ts';

import { automaticGenerator } from './automatic.ts';
import { isMostlyNull } from './by-name.ts';
import { arranged } from './arranged.ts';
import { withBranches } from './branches.ts';
import { entryGenerator, type EntryGenerator } from './column-generator.ts';
import { nearest, type Context } from './context.ts';
import { readWeight } from './distribution.ts';
import type { ColumnDraft, FilledColumn } from './draft.ts';
import { withExclusions } from './exclusions.ts';
import { foreignKeyGenerator } from './foreign-key.ts';
import { injective } from './injective.ts';
import { isTypeUnread, leftOut } from './left-out.ts';
import { tableLimits } from './limits.ts';
import { withPairs } from './pairs.ts';
import { readExpect, readStorage } from './state.ts';
import type { TableSource } from './table-source.ts';
import { withUniqueKeys } from './unique.ts';

export interface AssembledTable {
  readonly table: Table;
  readonly notes: readonly string[];
  /** Addresses of the columns of which is not known how they are filled, because of a mistake. */
  readonly unsure: readonly string[];
}

/** Rows of a table that the file does not mention, whatever the scale. */
const UNSTATED_ROWS = 1_000;
/** Tables up to this size do not shrink with the scale: countries, plans, settings. */
const LARGEST_FIXED = 1_000;

export function assembleTable(source: TableSource, context: Context): AssembledTable {
  const { table, entry, at } = source;
  const limits = tableLimits(table);
  const size = tableSize(source, context);
  const layout = layoutOf(entry, size);
  for (const name of Object.keys(entry?.columns ?? {})) checkColumnName(name, table, context);
  const drafts = table.columns.flatMap((column): readonly ColumnDraft[] => {
    const { type, name, notNull, filler } = column;
    if (type.kind === 'unknown' || !isFilled(column, entry?.columns[name])) return [];
    return [
      {
        table: table.display,
        name,
        type: type.type,
        notNull: notNull || limits.isNotNull(name),
        filler,
        limits: limits.limitsOf(name, type.type),
      },
    ];
  });
  const columns = drafts.flatMap((draft) => filledColumn(draft, drafts, layout, { source, context }));
  const stated = size.kind === 'per' || size.stated;
  const arranged = withPairs(table, withExclusions(table, withBranches(columns, source, context)));
  const unique = withUniqueKeys(table.display, table.uniques, {
    columns: arranged,
    layout,
    stated,
    notes: [],
    unsolved: [],
  });
  const notes = [...leftOut(source, context), ...unique.notes];
  return {
    table: {
      schema: table.schema,
      name: table.name,
      display: displayName(table.schema, table.name),
      ...{ at, size, layout: unique.layout },
      columns: unique.columns.map((column) => asColumn(column, source)),
      partitioned: table.partitions !== undefined,
      partitions: table.partitions,
      storage: readStorage(source.storage),
      expect: readExpect(source, context),
      checks: table.checks,
      unsolved: unique.unsolved,
    },
    notes,
    unsure: unsureColumns(columns, source, context),
  };
}

function unsureColumns(
  filled: readonly FilledColumn[],
  { table, entry, isBroken }: TableSource,
  { isUnread }: Context,
): readonly string[] {
  return table.columns
    .filter((column) => {
      if (filled.some(({ name }) => name === column.name)) return false;
      const isMistaken = isFilled(column, entry?.columns[column.name]) && column.type.kind === 'known';
      return isMistaken || isBroken(column.name) || isTypeUnread(column.type, isUnread);
    })
    .map(({ name }) => `${table.display}.${name}`);
}

const asColumn = (
  { name, type, nullFrac, generator, notNull, explicit, filler }: FilledColumn,
  { table, entry, placeOf }: TableSource,
): Column => ({
  at: placeOf(name),
  name,
  type,
  nullFrac,
  generator,
  notNull,
  explicit,
  constantDefault: filler.kind === 'constant' ? filler.value : undefined,
  asked: {
    correlation: entry?.columns[name]?.correlation,
    distinct: entry?.columns[name]?.n_distinct,
    unique:
      entry?.columns[name]?.unique === true ||
      table.uniques.some((key) => !key.partial && key.columns.length === 1 && key.columns[0] === name),
  },
});

const isFilled = (column: SchemaColumn, entry: ColumnEntry | undefined): boolean =>
  column.filler.kind !== 'generated' && entry?.default !== true;

function checkColumnName(name: string, table: SchemaTable, { report, isUnread }: Context): void {
  const found = table.columns.find((column) => column.name === name);
  if (found === undefined) {
    if (isUnread(table.display, name)) return;
    report(
      ['columns', name],
      `${table.display} has no column ${JSON.stringify(name)}`,
      nearest(
        name,
        table.columns.map((column) => column.name),
      ),
    );
  } else if (found.filler.kind === 'generated') {
    report(
      ['columns', name],
      'the column is GENERATED ALWAYS AS (…): it can not be filled',
      'leave it out of the file',
    );
  }
}

function tableSize(source: TableSource, context: Context): TableSize {
  const { entry } = source;
  const { report } = context;
  if (entry?.per !== undefined) return sizePerParent(entry, entry.per, source, context);
  if (entry?.fanout !== undefined)
    report(['fanout'], 'fanout needs `per`, the table whose rows have these rows');
  const rows = entry?.rows ?? UNSTATED_ROWS;
  const scale = entry?.scale ?? (rows <= LARGEST_FIXED ? 'fixed' : 'linear');
  return { kind: 'rows', rows, scale, stated: entry?.rows !== undefined };
}

function sizePerParent(
  entry: TableEntry,
  parent: string,
  { tables, table }: TableSource,
  { report, isUnread }: Context,
): TableSize {
  if (!tables.includes(parent) && !isUnread(parent))
    report(['per'], `there is no table ${JSON.stringify(parent)}`, nearest(parent, tables));
  if (parent === table.display) report(['per'], 'a table can not have its rows per row of itself');
  if (entry.rows !== undefined) report(['rows'], 'expected one of rows and per, found both');
  if (entry.scale !== undefined)
    report(['scale'], 'the rows follow those of the parent: scale has no meaning here');
  if (entry.fanout === undefined) report(['per'], 'per needs a fanout', 'for example: fanout: {mean: 2.5}');
  return { kind: 'per', parent, mean: entry.fanout?.mean ?? 1 };
}

function layoutOf(entry: TableEntry | undefined, size: TableSize): TableLayout {
  const fanout = entry?.fanout;
  if (size.kind === 'rows' || fanout === undefined || fanout.clustered === false)
    return { kind: 'independent' };
  const { min = 0, childless = 0 } = fanout;
  const { max } = fanout;
  return {
    kind: 'clustered',
    parent: size.parent,
    fanout: { min, max, childless, weight: readWeight(fanout) },
  };
}

interface Making {
  readonly source: TableSource;
  readonly context: Context;
}

function filledColumn(
  draft: ColumnDraft,
  drafts: readonly ColumnDraft[],
  layout: TableLayout,
  making: Making,
): readonly FilledColumn[] {
  const { source } = making;
  const entry = source.entry?.columns[draft.name] ?? {};
  const context = within(making.context, ['columns', draft.name]);
  const stated = entryGenerator(entry, draft, context);
  if (stated.kind === 'wrong') return [];
  const generator =
    givenByKeys(draft, stated, { entry, layout, source }) ??
    (stated.kind === 'generator'
      ? stated.generator
      : automaticGenerator(draft, surroundings(draft, drafts, making)));
  const explicit = stated.kind === 'generator';
  const ordered = arranged(entry, { ...draft, generator, explicit }, context);
  if (ordered === undefined) return [];
  const column: FilledColumn = {
    ...draft,
    explicit: explicit || ordered.kind === 'indexed',
    nullFrac: nullFracOf(entry, draft, generator, making),
    generator: ordered,
  };
  checkNullFrac(column, entry, context);
  // What could not be read may have named another generator than the automatic one.
  if (stated.kind === 'automatic' && source.isBroken(draft.name)) return [];
  return entry.unique === true ? uniqueColumn(column, generator, context) : [column];
}

/** What the keys that the column is part of leave no choice about. */
function givenByKeys(
  draft: ColumnDraft,
  stated: EntryGenerator,
  keys: Parameters<typeof foreignKeyGenerator>[2],
): ReturnType<typeof foreignKeyGenerator> {
  return sharedConstant(draft, stated, keys.source) ?? foreignKeyGenerator(draft, stated, keys);
}

function uniqueColumn(
  column: FilledColumn,
  { kind }: FilledColumn['generator'],
  { report }: Context,
): readonly FilledColumn[] {
  const unique = injective(column);
  if (unique !== undefined) return [{ ...column, generator: unique }];
  report(
    ['unique'],
    `${kind} can not be made unique here`,
    'use sequence, uuid, faker or text, or leave unique out',
  );
  return [];
}

/** One value for all rows, where children need this column to be the same in several of their parents. */
function sharedConstant(
  draft: ColumnDraft,
  stated: EntryGenerator,
  { foreignKeys }: TableSource,
): Generator<string> | undefined {
  const demand = foreignKeys.demandOn(draft.name);
  const isWanted = stated.kind === 'automatic' && demand?.kind === 'constant';
  if (!isWanted) return undefined;
  const read = literal(draft.type, demand.value);
  return read.ok ? { kind: 'constant', value: read.value } : undefined;
}

const within = (context: Context, base: Path): Context => ({
  ...context,
  report: (path, message, hint) => context.report([...base, ...path], message, hint),
});

function surroundings(
  draft: ColumnDraft,
  columns: readonly ColumnDraft[],
  { source, context }: Making,
): Parameters<typeof automaticGenerator>[1] {
  const { primaryKey } = source.table;
  return {
    refDate: context.refDate,
    isKey: primaryKey.includes(draft.name) && (primaryKey.length === 1 || draft.name === 'id'),
    columns,
  };
}

/** Roots of a tree: a tenth of the rows has no parent in its own table. */
const ROOT_SHARE = 0.1;
const MOSTLY_NULL = 0.9;

function nullFracOf(
  entry: ColumnEntry,
  { notNull, name, table }: ColumnDraft,
  generator: FilledColumn['generator'],
  { source }: Making,
): number {
  if (entry.null_frac !== undefined || notNull) return entry.null_frac ?? 0;
  if (generator.kind === 'reference' && generator.key.startsWith(`${table}.`)) return ROOT_SHARE;
  if (source.table.partitions?.column === name) return 0;
  return isMostlyNull(name) ? MOSTLY_NULL : source.defaultNullFrac;
}

function checkNullFrac({ nullFrac, notNull }: FilledColumn, entry: ColumnEntry, { report }: Context): void {
  if (nullFrac > 0 && notNull)
    report(['null_frac'], `the column is NOT NULL, found null_frac ${entry.null_frac ?? nullFrac}`);
}
