import type { ForeignKey, Index, KeyConstraint, TableObjects } from './catalog.ts';
import type { Part } from './part.ts';

/** In the order in which nothing that goes is still needed: foreign keys before the keys that they refer to. */
export function partsToDrop({ foreignKeys, keys, indexes }: TableObjects): readonly Part[] {
  return [...foreignKeys.map(foreignKeyPart), ...keys.map(keyPart), ...indexes.map(indexPart)];
}

const plainName = (quoted: string): string => quoted.replaceAll('"', '');
const shownName = (qualified: string): string => plainName(qualified).replace(/^public\./, '');

function foreignKeyPart({ table, name, definition, ofPartitioned, comment }: ForeignKey): Part {
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`;
  const stays = /\bNOT (?:VALID|ENFORCED)\s*$/.test(definition);
  const comments = commenting(comment, `CONSTRAINT ${name} ON ${table}`);
  return {
    name: plainName(name),
    table: shownName(table),
    relation: table,
    drop: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
    index: null,
    parentIndex: null,
    build: null,
    ...addingForeignKey(add, comments, {
      stays,
      ofPartitioned,
      validate: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`,
    }),
  };
}

interface Checking {
  /** Not valid by the schema's own will. */
  readonly stays: boolean;
  readonly ofPartitioned: boolean;
  readonly validate: string;
}

/** Added unchecked and then validated, which locks the tables so little that checks can run side by side. */
function addingForeignKey(
  add: string,
  comments: readonly string[],
  { stays, ofPartitioned, validate }: Checking,
): Pick<Part, 'attach' | 'check'> {
  if (stays) return { attach: [add, ...comments], check: null };
  // Up to 17 a partitioned table can not have one that is not valid.
  if (ofPartitioned) return { attach: [], check: { statement: [add, ...comments].join('; '), alone: true } };
  return {
    attach: [`${add} NOT VALID`, ...comments],
    check: { statement: validate, alone: false },
  };
}

/** Through its index where that can be, because the definition of the constraint leaves out storage parameters. */
function keyPart(key: KeyConstraint): Part {
  const { table, name, definition, index, indexDefinition, usingIndex, primary, deferral } = key;
  const add = `ADD CONSTRAINT ${name}`;
  const kind = primary ? 'PRIMARY KEY' : 'UNIQUE';
  const using = `ALTER TABLE ${table} ${add} ${kind} USING INDEX ${bareName(index)} ${deferral}`.trimEnd();
  const finish = finishing(key, `CONSTRAINT ${name} ON ${table}`);
  return {
    ...partOf(key),
    name: plainName(name),
    drop: key.parentIndex === undefined ? `ALTER TABLE ${table} DROP CONSTRAINT ${name}` : null,
    ...(usingIndex
      ? { build: indexDefinition, attach: [using, ...finish] }
      : // Only this table, as pg_dump does it: the partitions' own keys are built and attached one by one.
        { build: `ALTER TABLE ONLY ${table} ${add} ${definition}`, attach: finish }),
  };
}

function indexPart(index: Index): Part {
  return {
    ...partOf(index),
    name: plainName(bareName(index.index)),
    drop: index.parentIndex === undefined ? `DROP INDEX ${index.index}` : null,
    build: index.indexDefinition,
    attach: finishing(index, `INDEX ${index.index}`),
  };
}

const partOf = ({
  table,
  index,
  parentIndex,
}: Index): Pick<Part, 'table' | 'relation' | 'index' | 'parentIndex' | 'check'> => ({
  table: shownName(table),
  relation: table,
  index,
  parentIndex: parentIndex ?? null,
  check: null,
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
    ...commenting(comment, commented),
  ];
}

const commenting = (comment: string | undefined, on: string): readonly string[] =>
  comment === undefined ? [] : [`COMMENT ON ${on} IS ${comment}`];
