import { booleanOf, textOf, type Row, type Session } from '../target/index.ts';

/** Names in here are quoted and qualified by the server, ready for SQL. Those of partitions follow their parents. */
export interface TableObjects {
  readonly foreignKeys: readonly ForeignKey[];
  /** Primary keys, unique and exclusion constraints. */
  readonly keys: readonly KeyConstraint[];
  /** Indexes that belong to no constraint. */
  readonly indexes: readonly Index[];
}

export interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  /** A quoted literal. */
  readonly comment: string | undefined;
}

export interface ForeignKey extends Constraint {
  readonly ofPartitioned: boolean;
}

export interface KeyConstraint extends Constraint, Index {
  /** Can be made from an index that was built before: not of a partitioned table, not an exclusion. */
  readonly usingIndex: boolean;
  readonly primary: boolean;
  /** `DEFERRABLE INITIALLY DEFERRED`, or nothing. */
  readonly deferral: string;
}

export interface Index {
  readonly table: string;
  readonly index: string;
  /** With everything that a constraint's own definition leaves out; `ON ONLY` for a partitioned table. */
  readonly indexDefinition: string;
  /** The index of the parent table that this one is a part of. */
  readonly parentIndex: string | undefined;
  readonly replicaIdentity: boolean;
  readonly clustered: boolean;
  /** On the constraint, or on the index that belongs to none: a quoted literal. */
  readonly comment: string | undefined;
}

/** A relation with storage: a table, or a leaf of one of the partitioned tables. */
export interface StoredRelation {
  /** As the server writes it: quoted where needed. */
  readonly relation: string;
  /** As the dataset writes it: always quoted. */
  readonly quoted: string;
  /** As the dataset writes the table that it belongs to. */
  readonly table: string;
  /** As the server writes that table. */
  readonly root: string;
}

export async function readRelations(
  session: Session,
  tables: readonly string[],
): Promise<readonly StoredRelation[]> {
  const { rows } = await session.query(STORED_RELATIONS, [tables]);
  return rows.map((row) => ({
    relation: textOf(row, 'relation'),
    quoted: textOf(row, 'quoted'),
    table: textOf(row, 'table'),
    root: textOf(row, 'root'),
  }));
}

/** Catalog only; 14–18. Partitions that are foreign tables keep their rows elsewhere. */
const STORED_RELATIONS = `
SELECT format('%I.%I', n.nspname, c.relname) AS relation,
  format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')) AS quoted,
  t.name AS table, format('%I.%I', rn.nspname, rc.relname) AS root
FROM unnest($1::text[]) WITH ORDINALITY AS t (name, place)
JOIN pg_class rc ON rc.oid = t.name::regclass
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
CROSS JOIN LATERAL (SELECT rc.oid UNION SELECT tree.relid::oid FROM pg_partition_tree(rc.oid::regclass) AS tree) AS r (oid)
JOIN pg_class c ON c.oid = r.oid AND c.relkind = 'r'
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY t.place, c.oid`;

export async function readTableObjects(session: Session, tables: readonly string[]): Promise<TableObjects> {
  const foreignKeys = await session.query(FOREIGN_KEYS, [tables]);
  const keys = await session.query(KEYS, [tables]);
  const indexes = await session.query(INDEXES, [tables]);
  return {
    foreignKeys: foreignKeys.rows.map((row) => ({
      ...constraintOf(row),
      ofPartitioned: booleanOf(row, 'of_partitioned'),
    })),
    keys: keys.rows.map((row) => ({
      ...constraintOf(row),
      ...indexOf(row),
      usingIndex: booleanOf(row, 'using_index'),
      primary: booleanOf(row, 'primary'),
      deferral: textOf(row, 'deferral'),
    })),
    indexes: indexes.rows.map(indexOf),
  };
}

function constraintOf(row: Row): Constraint {
  return {
    table: textOf(row, 'table'),
    name: textOf(row, 'name'),
    definition: textOf(row, 'definition'),
    comment: optionalText(row, 'comment'),
  };
}

function indexOf(row: Row): Index {
  return {
    table: textOf(row, 'table'),
    index: textOf(row, 'index'),
    indexDefinition: textOf(row, 'index_definition'),
    parentIndex: optionalText(row, 'parent_index'),
    replicaIdentity: booleanOf(row, 'replica_identity'),
    clustered: booleanOf(row, 'clustered'),
    comment: optionalText(row, 'comment'),
  };
}

const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : textOf(row, column);

/** The tables of $1 and their partitions, with their depth. */
const RELATIONS = `relations AS (
  SELECT tree.relid::oid AS oid, max(tree.level) AS level
  FROM unnest($1::text[]) AS name, LATERAL pg_partition_tree(name::regclass) AS tree
  GROUP BY tree.relid
  UNION
  SELECT name::regclass::oid, 0 FROM unnest($1::text[]) AS name
)`;

/** Catalog only; 14–18. Also those of other tables that refer to ours: a key can not go while they stand. */
const FOREIGN_KEYS = `
WITH ${RELATIONS}
SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(f.conname) AS name,
  pg_get_constraintdef(f.oid) AS definition, c.relkind = 'p' AS of_partitioned,
  quote_literal(obj_description(f.oid, 'pg_constraint')) AS comment
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0
  AND (f.conrelid IN (SELECT oid FROM relations) OR f.confrelid IN (SELECT oid FROM relations))
ORDER BY f.oid`;

const INDEX_COLUMNS = `
  format('%I.%I', n.nspname, c.relname) AS table, format('%I.%I', n.nspname, i.relname) AS index,
  pg_get_indexdef(i.oid) AS index_definition,
  (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h
   JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
   WHERE h.inhrelid = i.oid) AS parent_index,
  x.indisreplident AS replica_identity, x.indisclustered AS clustered`;

const INDEX_TABLES = `pg_index x
JOIN relations r ON r.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** Catalog only; 14–18. Parents before their partitions. */
const KEYS = `
WITH ${RELATIONS}
SELECT ${INDEX_COLUMNS}, quote_literal(obj_description(k.oid, 'pg_constraint')) AS comment,
  quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition, k.contype = 'p' AS primary,
  k.contype IN ('p', 'u') AND c.relkind <> 'p' AND pg_get_constraintdef(k.oid) !~ 'WITHOUT OVERLAPS' AS using_index,
  CASE WHEN k.condeferrable THEN 'DEFERRABLE' ELSE '' END
    || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS deferral
FROM ${INDEX_TABLES}
JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')
ORDER BY r.level, k.oid`;

/** Catalog only; 14–18. Parents before their partitions. */
const INDEXES = `
WITH ${RELATIONS}
SELECT ${INDEX_COLUMNS}, quote_literal(obj_description(i.oid, 'pg_class')) AS comment
FROM ${INDEX_TABLES}
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
ORDER BY r.level, i.oid`;
