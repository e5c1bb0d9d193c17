import { plainName } from './plain-name.ts';
import type { ShapeOf } from './statement-shape.ts';

/** As the scenario's step of kind backfill does it, by key. */
export const backfilled = (table: string, set: string, where: string): readonly string[] => [
  `UPDATE ${table} SET ${set} WHERE ${where};  -- in batches by key: a step of kind backfill`,
];

/** Rows of one batch: locked for some milliseconds each. */
const BATCH = 2_000;

export function saferUpdate(shape: ShapeOf<'update'>): readonly string[] | undefined {
  const { table, alias, set, where } = shape;
  const words =
    'change the rows in small batches by key, each of them committed at once, so that a row is locked for one batch only';
  const condition = where === undefined ? '' : `, where: ${yaml(where)}`;
  const step = `-- in the scenario: backfill: { table: ${yaml(plainName(table))}, set: ${yaml(set)}${condition} }`;
  const lines = [
    ...(endsByItself(shape) ? [`UPDATE ${named(shape)} SET ${set} ${inBatches(shape)}`] : []),
    ...(alias === undefined ? [step] : []),
  ];
  return lines.length === 0 ? undefined : [words, ...lines];
}

/**
 * Whether a changed row does not come again: the one column that is set is asked for in the condition, and its new value is no function
 * of the old one.
 */
function endsByItself({ columns: [column, ...others], set, where }: ShapeOf<'update'>): boolean {
  if (column === undefined || others.length > 0 || where === undefined || /\bor\b/i.test(where)) return false;
  const value = set.slice(set.indexOf('=') + 1);
  return (
    mentions(column, String.raw`\s*=|\s+is\s+null|\s+in\b`).test(where) && !mentions(column, '').test(value)
  );
}

const mentions = (column: string, then: string): RegExp =>
  new RegExp(String.raw`(?<![\w"$])${column.replace(/\W/g, String.raw`\$&`)}(?![\w"$])(?:${then})`, 'i');

export const saferDelete = (shape: ShapeOf<'delete'>): readonly string[] => [
  'delete the rows in small batches, each of them committed at once',
  `DELETE FROM ${named(shape)} ${inBatches(shape)}`,
];

export const saferTruncate = ({ tables }: ShapeOf<'truncate'>): readonly string[] => [
  'where the table is in use, delete its rows in small batches, which lets reads and writes go on, and vacuum it',
  ...tables.flatMap((table) => [
    `DELETE FROM ${table} ${inBatches({ table, alias: undefined, where: undefined })}`,
    `VACUUM ${table};`,
  ]),
];

type Rows = Pick<ShapeOf<'delete'>, 'table' | 'alias' | 'where'>;

const named = ({ table, alias }: Rows): string => (alias === undefined ? table : `${table} AS ${alias}`);

/** A ctid is a place in one partition: the condition stands twice, so that others that have such a row are left alone. */
function inBatches(rows: Rows): string {
  const { alias, where } = rows;
  const ctid = alias === undefined ? 'ctid' : `${alias}.ctid`;
  const batch = `SELECT ${ctid} FROM ${named(rows)}${where === undefined ? '' : ` WHERE ${where}`} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
  return `WHERE ${ctid} = ANY (ARRAY(${batch}))${where === undefined ? '' : ` AND (${where})`};  -- until no row is left`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
const yaml = (text: string): string => JSON.stringify(oneLine(text));
