import { bareName } from './plain-name.ts';

/** The first with NOT NULL … NOT VALID. */
const V18 = 180_000;

/**
 * Without a version in the way that any takes, also of a column that is NOT NULL already.
 * Since PostgreSQL 12 a valid CHECK (… IS NOT NULL) spares SET NOT NULL its scan; since 18 it can be validated by itself.
 */
export function provenNotNull(table: string, column: string, version = 0): readonly string[] {
  const name = `"${bareName(column)}_not_null"`;
  if (version >= V18)
    return [
      `ALTER TABLE ${table} ADD CONSTRAINT ${name} NOT NULL ${column} NOT VALID;`,
      `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
    ];
  return [
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID;`,
    `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;`,
    `ALTER TABLE ${table} DROP CONSTRAINT ${name};`,
  ];
}
