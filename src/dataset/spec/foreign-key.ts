import type { ColumnEntry, FanOutEntry } from '../definition.ts';
import type { Generator, Pick, ReferenceGenerator } from '../generator.ts';
import type { TableLayout } from '../model.ts';
import type { ForeignKey, SchemaTable } from '../schema/schema.ts';

import type { EntryGenerator } from './column-generator.ts';
import { readDistribution } from './distribution.ts';
import type { ColumnDraft } from './draft.ts';
import { targetOf, type SharedColumns } from './shared-columns.ts';
import type { ForeignKeys, KeyReference, TableSource } from './table-source.ts';
import { tableOf } from './unique.ts';

export function foreignKeysOf(table: SchemaTable, shared: SharedColumns): ForeignKeys {
  const claims = new Map<string, KeyReference>();
  for (const { name } of table.columns) {
    const owner = shared.ownerOf(table, name);
    if (owner !== undefined) claims.set(name, { key: owner, draw: name, owner: undefined });
  }
  // The longest first: its columns name one row, and that row's own references suit the shorter ones.
  const keys = table.foreignKeys.toSorted((one, other) => other.columns.length - one.columns.length);
  for (const key of keys) claim(key, claims);
  return {
    of: (column) => claims.get(column),
    demandOn: (column) => shared.demandOn(table.display, column),
  };
}

/** The columns that no key has taken yet refer to one row, of the owner whom the others name. */
function claim(key: ForeignKey, claims: Map<string, KeyReference>): void {
  const free = key.columns.filter((column) => !claims.has(column));
  const taken = key.columns.flatMap((column) => claims.get(column) ?? []);
  const owner = taken.find((one) => one.owner === undefined);
  for (const column of free) {
    const target = targetOf(key, column);
    if (target === undefined) continue;
    claims.set(column, {
      key: `${target.table}.${target.column}`,
      draw: free[0] ?? column,
      owner: owner === undefined ? undefined : { key: owner.key, draw: owner.draw },
    });
  }
}

interface Place {
  readonly entry: ColumnEntry;
  readonly layout: TableLayout;
  readonly source: TableSource;
}

/** For a column that refers to another: from the file's `ref`, or from a foreign key; undefined for other columns. */
export function foreignKeyGenerator(
  column: ColumnDraft,
  stated: EntryGenerator,
  { entry, layout, source }: Place,
): Generator<string> | undefined {
  const constraint = source.foreignKeys.of(column.name);
  if (stated.kind === 'generator' && stated.generator.kind !== 'reference') return undefined;
  const key =
    stated.kind === 'generator' && stated.generator.kind === 'reference'
      ? stated.generator.key
      : constraint?.key;
  if (key === undefined) return undefined;
  const draw = constraint?.draw ?? column.name;
  return { kind: 'reference', key, draw, pick: pickOf(column, key, constraint, { entry, layout, source }) };
}

function pickOf(
  column: ColumnDraft,
  key: string,
  constraint: KeyReference | undefined,
  place: Place,
): Pick<string> {
  const isOwn = tableOf(key) === column.table;
  const root = column.notNull ? 'self' : 'null';
  const owner = constraint?.owner;
  if (owner !== undefined && place.source.foreignKeys.demandOn(owner.draw)?.kind !== 'constant')
    return { kind: 'within', owner: ownerReference(owner, place), earlier: isOwn ? root : undefined };
  return isOwn ? { kind: 'earlier', root } : ownPick(column.name, key, place);
}

/** The reference of the column that names the owner, as its own column has it. */
function ownerReference(
  { key, draw }: { readonly key: string; readonly draw: string },
  place: Place,
): ReferenceGenerator<string> {
  const entry = place.source.entry?.columns[draw] ?? {};
  return { kind: 'reference', key, draw, pick: ownPick(draw, key, { ...place, entry }) };
}

function ownPick(column: string, key: string, { entry, layout, source }: Place): Pick<string> {
  const parent = tableOf(key);
  if (source.foreignKeys.demandOn(column)?.kind === 'spread') return { kind: 'ordered' };
  const isChild = drawOf(column, source) === childDraw(parent, source);
  if (isChild && !says(entry) && layout.kind === 'clustered' && layout.parent === parent)
    return { kind: 'parent' };
  return drawnPick(entry, isChild && source.entry?.per === parent ? source.entry.fanout : undefined);
}

const says = ({ distribution, childless }: ColumnEntry): boolean =>
  distribution !== undefined || childless !== undefined;

const drawOf = (column: string, { foreignKeys }: TableSource): string =>
  foreignKeys.of(column)?.draw ?? column;

/** Of several references to the table of `per`, the first one names the parent, or the first of which the file says nothing. */
function childDraw(parent: string, source: TableSource): string | undefined {
  const entries = source.entry?.columns ?? {};
  const children = source.table.columns.filter(({ name }) => {
    const key = entries[name]?.ref ?? source.foreignKeys.of(name)?.key;
    return key !== undefined && tableOf(key) === parent;
  });
  const child = children.find(({ name }) => !says(entries[name] ?? {})) ?? children[0];
  return child === undefined ? undefined : drawOf(child.name, source);
}

/** A fan-out that is not clustered is a draw of the parent for each row. */
function drawnPick(
  entry: ColumnEntry,
  fanout: FanOutEntry | undefined,
): Extract<Pick<string>, { kind: 'random' }> {
  const distribution = readDistribution(entry.distribution ?? fanout?.distribution);
  return { kind: 'random', distribution, childless: entry.childless ?? fanout?.childless ?? 0 };
}
