import { displayName } from '../postgres/index.ts';
import type { Partitioned } from '../result/index.ts';
import { booleanOf, textOf, type Row, type Session } from '../target/index.ts';

/** Every partition of a table that is none itself. Cost: catalogs, waits for nobody. 14–18. */
const PARTITIONS = `
SELECT n.nspname AS schema, c.relname AS name, pn.nspname AS partition_schema, p.relname AS partition, p.relkind = 'p' AS is_partitioned, t.partdefid <> 0 AS has_default
FROM pg_catalog.pg_partitioned_table t
JOIN pg_catalog.pg_class c ON c.oid = t.partrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE NOT c.relispartition ORDER BY 1, 2, 3, 4`;

/** Enough to write out what has to be done for each of them. */
const NAMED = 12;

/** By the table's display name. */
export async function partitionedTables(session: Session): Promise<ReadonlyMap<string, Partitioned>> {
  const { rows } = await session.query(PARTITIONS);
  const tables = new Map<string, Row[]>();
  for (const row of rows) {
    const table = displayName(textOf(row, 'schema'), textOf(row, 'name'));
    tables.set(table, [...(tables.get(table) ?? []), row]);
  }
  return new Map([...tables].map(([table, partitions]) => [table, partitionedBy(partitions)]));
}

function partitionedBy(partitions: readonly Row[]): Partitioned {
  const isDeeper = partitions.some((row) => booleanOf(row, 'is_partitioned'));
  return {
    count: partitions.length,
    names: isDeeper
      ? []
      : partitions
          .slice(0, NAMED)
          .map((row) => displayName(textOf(row, 'partition_schema'), textOf(row, 'partition'))),
    hasDefault: partitions.some((row) => booleanOf(row, 'has_default')),
  };
}
