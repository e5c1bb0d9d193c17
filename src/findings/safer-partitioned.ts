import { quoteRelation } from '../postgres/index.ts';
import type { Partitioned } from '../result/index.ts';

import { bareName, inSchemaOf } from './plain-name.ts';
import { provenNotNull } from './proven-not-null.ts';
import type { ShapeOf } from './statement-shape.ts';

/*
 * A partitioned table has neither CONCURRENTLY nor USING INDEX: each partition gets its own, and the one of the whole table takes
 * them in (manual, 5.12.2.2).
 */

export function saferPartitionedIndex(
  { table, name, unique, definition }: ShapeOf<'create-index'>,
  partitioned: Partitioned,
): readonly string[] {
  const index = `${unique ? 'UNIQUE ' : ''}INDEX`;
  return [
    `create the index of the whole table alone, build that of each partition concurrently, and attach it${deeper(partitioned)}`,
    `CREATE ${index} ${name} ON ONLY ${table} ${definition};`,
    ...forEach(partitioned, (partition) => {
      const own = `"${bareName(partition)}_${bareName(name)}"`;
      return [
        `CREATE ${index} CONCURRENTLY ${own} ON ${partition} ${definition};`,
        `ALTER INDEX ${inSchemaOf(table, name)} ATTACH PARTITION ${inSchemaOf(partition, own)};`,
      ];
    }),
  ];
}

export function saferPartitionedKey(
  shape: ShapeOf<'add-constraint'>,
  partitioned: Partitioned,
): readonly string[] {
  const { table, name, columns, indexed, deferred, definition } = shape;
  const isPrimary = shape.constraint === 'primary-key';
  return [
    `add the constraint to the table alone, build the index of each partition concurrently, and attach it${deeper(partitioned)}`,
    ...(isPrimary ? columns.flatMap((column) => provenNotNull(table, column)) : []),
    `ALTER TABLE ONLY ${table} ADD CONSTRAINT ${name} ${definition};`,
    ...forEach(partitioned, (partition) => {
      const own = `"${bareName(partition)}_${bareName(name)}"`;
      return [
        `CREATE UNIQUE INDEX CONCURRENTLY ${own} ON ${partition} (${columns.join(', ')})${indexed};`,
        `ALTER TABLE ${partition} ADD CONSTRAINT ${own} ${isPrimary ? 'PRIMARY KEY' : 'UNIQUE'} USING INDEX ${own}${deferred};`,
        `ALTER INDEX ${inSchemaOf(table, name)} ATTACH PARTITION ${inSchemaOf(partition, own)};`,
      ];
    }),
  ];
}

/** Before PostgreSQL 18 a partitioned table takes none NOT VALID; what its partitions have already it does not check again. */
export function saferPartitionedForeignKey(
  { table, name, definition }: ShapeOf<'add-constraint'>,
  partitioned: Partitioned,
): readonly string[] {
  return [
    `add it NOT VALID to each partition and validate it there; the whole table then takes them over without checking a row${deeper(partitioned)}`,
    ...forEach(partitioned, (partition) => [
      `ALTER TABLE ${partition} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
      `ALTER TABLE ${partition} VALIDATE CONSTRAINT ${name};`,
    ]),
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition};`,
  ];
}

const deeper = ({ names }: Partitioned): string =>
  names.length > 0 ? '' : '; its partitions are partitioned themselves: begin with the lowest';

function forEach(
  { names, count }: Partitioned,
  lines: (partition: string) => readonly string[],
): readonly string[] {
  const more = count - names.length;
  return [
    ...names.map(quoteRelation).flatMap(lines),
    ...(more > 0 ? [`-- … and so on for ${more === count ? 'its' : `the other ${more}`} partitions`] : []),
  ];
}
