import type { Constraint, Index, KeyConstraint, TableObjects } from './catalog.ts';

/** One thing to take away before loading and to build again after it. */
export interface Part {
  /** As people know it. */
  readonly name: string;
  /** As people know it. */
  readonly table: string;
  /** Undefined where it goes with the index of the parent table. */
  readonly drop: string | undefined;
  /** Qualified; undefined for a foreign key. */
  readonly index: string | undefined;
  readonly parentIndex: string | undefined;
  /** In order. */
  readonly rebuild: readonly string[];
}

/** In the order in which nothing that goes is still needed: foreign keys before the keys that they refer to. */
export function partsToDrop({ foreignKeys, keys, indexes }: TableObjects): readonly Part[] {
  return [...foreignKeys.map(foreignKeyPart), ...keys.map(keyPart), ...indexes.map(indexPart)];
}

/** Indexes and keys before foreign keys, whose checks use them; parents before their partitions, as they were read. */
export function inBuildOrder(parts: readonly Part[]): readonly Part[] {
  const isForeignKey = (part: Part): boolean => part.index === undefined;
  return [...parts.filter((part) => !isForeignKey(part)), ...parts.filter(isForeignKey)];
}

const plainName = (quoted: string): string => quoted.replaceAll('"', '');
const shownName = (qualified: string): string => plainName(qualified).replace(/^public\./, '');

function foreignKeyPart({ table, name, definition }: Constraint): Part {
  return {
    name: plainName(name),
    table: shownName(table),
    drop: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
    index: undefined,
    parentIndex: undefined,
    rebuild: [`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`],
  };
}

/** Through its index where that can be, because the definition of the constraint leaves out storage parameters. */
function keyPart(key: KeyConstraint): Part {
  const { table, name, definition, index, indexDefinition, usingIndex, primary, deferral } = key;
  const add = `ADD CONSTRAINT ${name}`;
  const kind = primary ? 'PRIMARY KEY' : 'UNIQUE';
  const made = usingIndex
    ? [
        indexDefinition,
        `ALTER TABLE ${table} ${add} ${kind} USING INDEX ${bareName(index)} ${deferral}`.trimEnd(),
      ]
    : // Only this table, as pg_dump does it: the partitions' own keys are built and attached one by one.
      [`ALTER TABLE ONLY ${table} ${add} ${definition}`];
  return {
    ...partOf(key),
    name: plainName(name),
    drop: key.parentIndex === undefined ? `ALTER TABLE ${table} DROP CONSTRAINT ${name}` : undefined,
    rebuild: [...made, ...finishing(key, `CONSTRAINT ${name} ON ${table}`)],
  };
}

function indexPart(index: Index): Part {
  return {
    ...partOf(index),
    name: plainName(bareName(index.index)),
    drop: index.parentIndex === undefined ? `DROP INDEX ${index.index}` : undefined,
    rebuild: [index.indexDefinition, ...finishing(index, `INDEX ${index.index}`)],
  };
}

const partOf = ({ table, index, parentIndex }: Index): Pick<Part, 'table' | 'index' | 'parentIndex'> => ({
  table: shownName(table),
  index,
  parentIndex,
});

/** Without its schema. A dot inside quotes belongs to the name. */
function bareName(qualified: string): string {
  return /^(?:"(?:[^"]|"")*"|[^".]*)\.(.*)$/s.exec(qualified)?.[1] ?? qualified;
}

/** What an index has besides its definition. */
function finishing(index: Index, commented: string): readonly string[] {
  const { table, parentIndex, replicaIdentity, clustered, comment } = index;
  const name = bareName(index.index);
  return [
    ...(parentIndex === undefined ? [] : [`ALTER INDEX ${parentIndex} ATTACH PARTITION ${index.index}`]),
    ...(replicaIdentity ? [`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${name}`] : []),
    ...(clustered ? [`ALTER TABLE ${table} CLUSTER ON ${name}`] : []),
    ...(comment === undefined ? [] : [`COMMENT ON ${commented} IS ${comment}`]),
  ];
}
