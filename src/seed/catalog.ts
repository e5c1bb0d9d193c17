import { booleanOf, textOf, type Row, type Session } from '../target/index.ts';

/** Names in here are quoted and qualified by the server, ready for SQL. */
export interface TableObjects {
  readonly foreignKeys: readonly Constraint[];
  /** Primary keys, unique and exclusion constraints. */
  readonly keys: readonly KeyConstraint[];
  /** Indexes that belong to no constraint. */
  readonly indexes: readonly Index[];
}

export interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

export interface KeyConstraint extends Constraint, IndexState {
  readonly index: string;
  /** CREATE UNIQUE INDEX … with everything that the constraint's own definition leaves out. */
  readonly indexDefinition: string;
  /** Can be made from an index that was built before: not of a partitioned table, not an exclusion. */
  readonly usingIndex: boolean;
  readonly primary: boolean;
  /** `DEFERRABLE INITIALLY DEFERRED`, or nothing. */
  readonly deferral: string;
}

export interface Index extends IndexState {
  readonly table: string;
  readonly index: string;
  readonly indexDefinition: string;
}

/** What is lost with an index besides its definition. */
export interface IndexState {
  readonly replicaIdentity: boolean;
  readonly clustered: boolean;
  /** A quoted literal; undefined without a comment. */
  readonly comment: string | undefined;
}

/** The roots' own objects; those of partitions follow their parents, but for those that only a partition has. */
export async function readTableObjects(session: Session, tables: readonly string[]): Promise<TableObjects> {
  const [foreignKeys, keys, indexes] = [
    await session.query(FOREIGN_KEYS, [tables]),
    await session.query(KEYS, [tables]),
    await session.query(INDEXES, [tables]),
  ];
  return {
    foreignKeys: foreignKeys.rows.map(constraintOf),
    keys: keys.rows.map((row) => ({
      ...constraintOf(row),
      ...stateOf(row),
      index: textOf(row, 'index'),
      indexDefinition: textOf(row, 'index_definition'),
      usingIndex: booleanOf(row, 'using_index'),
      primary: booleanOf(row, 'primary'),
      deferral: textOf(row, 'deferral'),
    })),
    indexes: indexes.rows.map((row) => ({
      ...stateOf(row),
      table: textOf(row, 'table'),
      index: textOf(row, 'index'),
      indexDefinition: textOf(row, 'index_definition'),
    })),
  };
}

function constraintOf(row: Row): Constraint {
  return { table: textOf(row, 'table'), name: textOf(row, 'name'), definition: textOf(row, 'definition') };
}

function stateOf(row: Row): IndexState {
  return {
    replicaIdentity: booleanOf(row, 'replica_identity'),
    clustered: booleanOf(row, 'clustered'),
    comment: row['comment'] === null ? undefined : textOf(row, 'comment'),
  };
}

/** The tables of $1 and their partitions. */
const RELATIONS = `relations AS (
  SELECT DISTINCT tree.relid::oid AS oid
  FROM unnest($1::text[]) AS name, LATERAL pg_partition_tree(name::regclass) AS tree
  UNION
  SELECT name::regclass::oid FROM unnest($1::text[]) AS name
)`;

/** Catalog only; 14–18. Also those of other tables that refer to ours: a key can not go while they stand. */
const FOREIGN_KEYS = `
WITH ${RELATIONS}
SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(f.conname) AS name, pg_get_constraintdef(f.oid) AS definition
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0
  AND (f.conrelid IN (SELECT oid FROM relations) OR f.confrelid IN (SELECT oid FROM relations))
ORDER BY f.oid`;

/** Catalog only; 14–18. */
const KEYS = `
WITH ${RELATIONS}
SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition,
  format('%I.%I', n.nspname, i.relname) AS index, pg_get_indexdef(i.oid) AS index_definition,
  k.contype IN ('p', 'u') AND c.relkind <> 'p' AND pg_get_constraintdef(k.oid) !~ 'WITHOUT OVERLAPS' AS using_index,
  k.contype = 'p' AS primary,
  CASE WHEN k.condeferrable THEN 'DEFERRABLE' || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END ELSE '' END AS deferral,
  x.indisreplident AS replica_identity, x.indisclustered AS clustered, quote_literal(obj_description(k.oid, 'pg_constraint')) AS comment
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class i ON i.oid = k.conindid
JOIN pg_index x ON x.indexrelid = i.oid
WHERE k.contype IN ('p', 'u', 'x') AND k.conparentid = 0 AND k.conrelid IN (SELECT oid FROM relations)
ORDER BY k.oid`;

/** Catalog only; 14–18. An index of a partition that follows its parent's has a row in pg_inherits. */
const INDEXES = `
WITH ${RELATIONS}
SELECT format('%I.%I', n.nspname, c.relname) AS table, format('%I.%I', n.nspname, i.relname) AS index, pg_get_indexdef(i.oid) AS index_definition,
  x.indisreplident AS replica_identity, x.indisclustered AS clustered, quote_literal(obj_description(i.oid, 'pg_class')) AS comment
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE x.indrelid IN (SELECT oid FROM relations)
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.oid)
ORDER BY i.oid`;
