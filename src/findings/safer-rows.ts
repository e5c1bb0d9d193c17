import type { ShapeOf } from './statement-shape.ts';

/** As the scenario's step of kind backfill does it, by key. */
export const backfilled = (table: string, set: string, where: string): readonly string[] => [
  `UPDATE ${table} SET ${set} WHERE ${where};  -- in batches by key: a step of kind backfill`,
];

/** Rows of one batch: locked for some milliseconds each. */
const BATCH = 2_000;

export function saferUpdate({ table, set, where }: ShapeOf<'update'>): readonly string[] {
  const step = `-- in the scenario: backfill: { table: ${oneLine(table)}, set: ${yaml(set)}${where === undefined ? '' : `, where: ${yaml(where)}`} }`;
  const words =
    'change the rows in small batches by key, each of them committed at once, so that a row is locked for one batch only';
  return where === undefined
    ? [words, step]
    : [
        words,
        `UPDATE ${table} SET ${set} WHERE ctid = ANY (ARRAY(${batchOf(table, where)}));  -- until no row is left`,
        step,
      ];
}

export const saferDelete = ({ table, where }: ShapeOf<'delete'>): readonly string[] => [
  'delete the rows in small batches, each of them committed at once',
  `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${batchOf(table, where)}));  -- until no row is left`,
];

export const saferTruncate = ({ tables }: ShapeOf<'truncate'>): readonly string[] => [
  'where the table is in use, delete its rows in small batches, which lets reads and writes go on, and vacuum it',
  ...tables.flatMap((table) => [
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${batchOf(table, undefined)}));  -- until no row is left`,
    `VACUUM ${table};`,
  ]),
];

const batchOf = (table: string, where: string | undefined): string =>
  `SELECT ctid FROM ${table}${where === undefined ? '' : ` WHERE ${where}`} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
const yaml = (text: string): string => JSON.stringify(oneLine(text));
