import { bareName, inSchemaOf } from './plain-name.ts';
import type { ShapeOf } from './statement-shape.ts';

const ASKED_BRIEFLY = "SET lock_timeout = '200ms';";

export const saferDropColumn = ({ table, column }: ShapeOf<'drop-column'>): readonly string[] => [
  'first deploy an application that does not name the column, then drop it with a short lock_timeout; where it is NOT NULL, new rows have to be let in without it before',
  ASKED_BRIEFLY,
  `ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL;`,
  `ALTER TABLE ${table} DROP COLUMN ${column};  -- after the deployment`,
];

/** A view of one table takes writes too (manual, CREATE VIEW, Updatable Views). */
export const saferRenamedColumn = ({ table, column, to }: ShapeOf<'rename-column'>): readonly string[] => [
  'let a view give the column both names until nothing uses the old one any more',
  'BEGIN;',
  ASKED_BRIEFLY,
  `ALTER TABLE ${table} RENAME TO ${baseName(table)};`,
  `CREATE VIEW ${table} AS SELECT *, ${column} AS ${to} FROM ${inSchemaOf(table, baseName(table))};`,
  'COMMIT;',
];

export const saferRenamedTable = ({ table, to }: ShapeOf<'rename-table'>): readonly string[] => [
  'leave a view with the old name in its place until nothing uses it any more: it takes writes too',
  'BEGIN;',
  ASKED_BRIEFLY,
  `ALTER TABLE ${table} RENAME TO ${to};`,
  `CREATE VIEW ${table} AS SELECT * FROM ${inSchemaOf(table, to)};`,
  'COMMIT;',
];

export const saferDrop = ({ tables }: ShapeOf<'drop-table'>): readonly string[] => [
  'first deploy an application that does not use it; drop its foreign keys one by one, then one table in each transaction, each with a short lock_timeout',
  ASKED_BRIEFLY,
  ...tables.map((table) => `DROP TABLE ${table};`),
];

const baseName = (table: string): string => `"${bareName(table)}_base"`;
