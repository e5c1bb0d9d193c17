import type { Constraint, Index, IndexState, KeyConstraint, TableObjects } from './catalog.ts';

/** One thing to take away before loading and to build again after it. */
export interface Part {
  /** As people know it. */
  readonly name: string;
  readonly table: string;
  readonly drop: string;
  /** In order. */
  readonly rebuild: readonly string[];
}

/**
 * Foreign keys before the keys that they refer to; built again in the opposite order, plain indexes first so that the
 * checks of foreign keys find them.
 */
export function partsOf({ foreignKeys, keys, indexes }: TableObjects): readonly Part[] {
  return [...foreignKeys.map(foreignKeyPart), ...keys.map(keyPart), ...indexes.map(indexPart)];
}

const plainName = (quoted: string): string => quoted.replaceAll('"', '');

function foreignKeyPart({ table, name, definition }: Constraint): Part {
  return {
    name: plainName(name),
    table,
    drop: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
    rebuild: [`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`],
  };
}

/** Through its index where that can be, because the definition of the constraint leaves out storage parameters. */
function keyPart(key: KeyConstraint): Part {
  const { table, name, definition, index, indexDefinition, usingIndex, primary, deferral } = key;
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name}`;
  const indexName = index.slice(index.indexOf('.') + 1);
  const rebuild = usingIndex
    ? [
        indexDefinition,
        `${add} ${primary ? 'PRIMARY KEY' : 'UNIQUE'} USING INDEX ${indexName} ${deferral}`.trim(),
      ]
    : [`${add} ${definition}`];
  return {
    name: plainName(name),
    table,
    drop: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
    rebuild: [
      ...rebuild,
      ...restored(table, indexName, key),
      ...(key.comment === undefined ? [] : [`COMMENT ON CONSTRAINT ${name} ON ${table} IS ${key.comment}`]),
    ],
  };
}

function indexPart(index: Index): Part {
  const indexName = index.index.slice(index.index.indexOf('.') + 1);
  return {
    name: plainName(indexName),
    table: index.table,
    drop: `DROP INDEX ${index.index}`,
    rebuild: [
      index.indexDefinition,
      ...restored(index.table, indexName, index),
      ...(index.comment === undefined ? [] : [`COMMENT ON INDEX ${index.index} IS ${index.comment}`]),
    ],
  };
}

function restored(
  table: string,
  indexName: string,
  { replicaIdentity, clustered }: IndexState,
): readonly string[] {
  return [
    ...(replicaIdentity ? [`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${indexName}`] : []),
    ...(clustered ? [`ALTER TABLE ${table} CLUSTER ON ${indexName}`] : []),
  ];
}
