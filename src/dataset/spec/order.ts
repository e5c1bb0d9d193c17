import type { Generator } from '../generator.ts';
import type { Table } from '../model.ts';

import { tableOf } from './unique.ts';

/** Parents before their children; where tables refer to each other in a circle, in the order of the schema. */
export function inLoadOrder(tables: readonly Table[]): readonly Table[] {
  const byName = new Map(tables.map((table) => [table.display, table]));
  const ordered: Table[] = [];
  const visited = new Set<Table>();
  const visit = (table: Table): void => {
    if (visited.has(table)) return;
    visited.add(table);
    for (const parent of parentsOf(table)) {
      const found = byName.get(parent);
      if (found !== undefined) visit(found);
    }
    ordered.push(table);
  };
  tables.forEach(visit);
  return ordered;
}

function parentsOf(table: Table): ReadonlySet<string> {
  const keys = table.columns.flatMap(({ generator }) => keysOf(generator)).map(tableOf);
  return new Set(table.size.kind === 'per' ? [...keys, table.size.parent] : keys);
}

/** Addresses of the columns that a generator reads. */
export function keysOf(generator: Generator<string>): readonly string[] {
  if (generator.kind === 'reference')
    return generator.pick.kind === 'within' ? [generator.key, generator.pick.owner.key] : [generator.key];
  if (generator.kind === 'branch') return generator.of.flatMap(keysOf);
  if (generator.kind === 'indexed') return keysOf(generator.of);
  return generator.kind === 'after' ? [generator.base] : [];
}

/** Ways along the edges that come back to where they began, no name in two of them. */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycle = findCycle(edges);
  if (cycle === undefined) return [];
  return [cycle, ...findCycles(new Map([...edges].filter(([name]) => !cycle.includes(name))))];
}

/** Undefined where there is none. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const follow = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return way.slice(way.indexOf(name));
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const cycle = follow(next, [...way, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of [...edges.keys()].toSorted()) {
    const cycle = follow(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
