import type { Constant } from '../schema/nodes.ts';
import type { ForeignKey, SchemaTable } from '../schema/schema.ts';

/** A column of a table. */
interface Place {
  readonly table: string;
  readonly column: string;
}

export type Demand = { readonly kind: 'spread' } | { readonly kind: 'constant'; readonly value: Constant };

/**
 * Columns that several foreign keys of one table share: the tenant of (tenant, user) and (tenant, project). All of
 * them must name the same tenant. Where the shared column leads to one table of owners in every key, the parents are
 * spread over the owners and the children take rows of one owner; where it leads nowhere, it has one value.
 */
export interface SharedColumns {
  /** The owner's key, `tenants.id`, to which a shared column of this table leads. */
  readonly ownerOf: (table: SchemaTable, column: string) => string | undefined;
  readonly demandOn: (table: string, column: string) => Demand | undefined;
}

type Tables = ReadonlyMap<string, SchemaTable>;

interface Finding {
  readonly tables: Tables;
  readonly owners: Map<string, string>;
  /** Columns whose rows are spread over their owners. */
  readonly spread: Set<string>;
  /** Columns that have one value, by the list of those that have the same one. */
  readonly same: Map<string, Set<string>>;
}

export function sharedColumns(tables: Tables): SharedColumns {
  const finding: Finding = { tables, owners: new Map(), spread: new Set(), same: new Map() };
  // A parent that is spread has to agree with its own parents: until nothing is added.
  for (let before = -1; before < finding.spread.size + finding.same.size;) {
    before = finding.spread.size + finding.same.size;
    for (const table of tables.values())
      for (const column of sharedOf(table, finding)) findRoot(table, column, finding);
  }
  return {
    ownerOf: (table, column) => finding.owners.get(addressOf({ table: table.display, column })),
    demandOn: (table, column) => demandOn(addressOf({ table, column }), finding),
  };
}

function demandOn(address: string, { spread, same, tables }: Finding): Demand | undefined {
  const alike = same.get(address);
  if (alike !== undefined) return { kind: 'constant', value: constantFor(alike, tables) };
  return spread.has(address) ? { kind: 'spread' } : undefined;
}

/** A value that every partition and default of the columns allows, as far as they say anything. */
function constantFor(addresses: ReadonlySet<string>, tables: Tables): Constant {
  const known = [...addresses].flatMap((address) => {
    const table = tables.get(address.slice(0, address.lastIndexOf('.')));
    const name = address.slice(address.lastIndexOf('.') + 1);
    const column = table?.columns.find((one) => one.name === name);
    const listed = table?.partitions?.column === name ? table.partitions.values.slice(0, 1) : [];
    return [...listed, ...(column?.filler.kind === 'constant' ? [column.filler.value] : [])];
  });
  return known[0] ?? 1;
}

/** Columns of several composite keys, of one to the table itself, or of one beside a demand. */
function sharedOf(table: SchemaTable, { spread }: Finding): readonly string[] {
  const composite = table.foreignKeys.filter((one) => one.columns.length > 1);
  return [...new Set(composite.flatMap((one) => one.columns))].filter((name) => {
    const keys = composite.filter((one) => one.columns.includes(name));
    const isOwnKey = keys.some((one) => one.target === table.display && one.targetColumns.includes(name));
    return keys.length > 1 || isOwnKey || spread.has(addressOf({ table: table.display, column: name }));
  });
}

function findRoot(table: SchemaTable, column: string, finding: Finding): void {
  const { tables, owners, spread, same } = finding;
  const place = { table: table.display, column };
  const keys = table.foreignKeys.filter((one) => one.columns.length > 1 && one.columns.includes(column));
  const parents = keys.flatMap((one) => targetOf(one, column) ?? []);
  const roots = new Set(
    [place, ...parents].map((one) => {
      const root = rootOf(one, tables);
      return root === undefined ? undefined : addressOf(root);
    }),
  );
  const [root] = roots;
  const addresses = parents.map(addressOf);
  if (roots.size > 1 || root === undefined) {
    alike([addressOf(place), ...addresses], same);
    return;
  }
  owners.set(addressOf(place), root);
  for (const address of addresses) if (address !== root) spread.add(address);
  if (parents.some((one) => one.table === table.display)) spread.add(addressOf(place));
}

function alike(addresses: readonly string[], same: Map<string, Set<string>>): void {
  const all = new Set(addresses.flatMap((address) => [address, ...(same.get(address) ?? [])]));
  for (const address of all) same.set(address, all);
}

export function targetOf({ columns, target, targetColumns }: ForeignKey, column: string): Place | undefined {
  const key = targetColumns[columns.indexOf(column)];
  return key === undefined ? undefined : { table: target, column: key };
}

const MOST_STEPS = 16;

/** Where a column leads by foreign keys of one column; itself, where it is a key of its own. */
function rootOf(place: Place, tables: Tables, steps = 0): Place | undefined {
  const table = tables.get(place.table);
  if (table === undefined || steps > MOST_STEPS) return undefined;
  const keysTo = (isSingle: boolean): ForeignKey | undefined =>
    table.foreignKeys.find(
      ({ columns, target }) =>
        (columns.length === 1) === isSingle && columns.includes(place.column) && target !== table.display,
    );
  const isKey = table.uniques.some(({ columns }) => columns.length === 1 && columns[0] === place.column);
  const key = keysTo(true) ?? (isKey ? undefined : keysTo(false));
  if (key === undefined) return isKey ? place : undefined;
  const target = targetOf(key, place.column);
  return target === undefined ? undefined : rootOf(target, tables, steps + 1);
}

const addressOf = ({ table, column }: Place): string => `${table}.${column}`;
