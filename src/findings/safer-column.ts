import { backfilled } from './safer-rows.ts';
import type { ShapeOf } from './statement-shape.ts';

/** The first with NOT NULL … NOT VALID, and with generated columns that are not stored. */
const V18 = 180_000;

export function saferColumn(shape: ShapeOf<'add-column'>, version: number): readonly string[] | undefined {
  const { table, column, type, notNull, generated } = shape;
  if (generated?.as === 'stored') return saferGenerated(shape, generated.expression, version);
  if (generated?.as === 'identity' || /^(?:small|big)?serial\d?$/i.test(type)) return saferSequence(shape);
  if (shape.default === undefined) return undefined;
  return [
    'add the column without a default, set the default for new rows, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${type};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT ${shape.default};`,
    ...backfilled(table, `${column} = ${shape.default}`, `${column} IS NULL`),
    ...(notNull ? provenNotNull(table, column, version) : []),
  ];
}

function saferSequence({ table, column, type }: ShapeOf<'add-column'>): readonly string[] {
  const sequence = `${bare(table)}_${bare(column)}_seq`;
  const plainType = /^(?:small|big)?serial\d?$/i.test(type) ? 'bigint' : type;
  return [
    'add a plain column, number new rows from a sequence, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${plainType};`,
    `CREATE SEQUENCE "${sequence}" OWNED BY ${table}.${column};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT nextval('"${sequence}"');`,
    ...backfilled(table, `${column} = nextval('"${sequence}"')`, `${column} IS NULL`),
  ];
}

function saferGenerated(
  { table, column, type }: ShapeOf<'add-column'>,
  expression: string,
  version: number,
): readonly string[] {
  if (version >= V18)
    return [
      'let it be computed when it is read: a virtual column writes nothing',
      `ALTER TABLE ${table} ADD COLUMN ${column} ${type} GENERATED ALWAYS AS (${expression}) VIRTUAL;`,
    ];
  return [
    'add a plain column, keep it filled by a trigger, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${type};`,
    ...filledByTrigger(table, column, expression),
    ...backfilled(table, `${column} = (${expression})`, `${column} IS NULL`),
  ];
}

export function saferNotNull({ table, column }: ShapeOf<'set-not-null'>, version: number): readonly string[] {
  return [
    version >= V18
      ? 'add it NOT VALID, then validate it in a transaction of its own, which lets reads and writes go on'
      : 'prove it first by a CHECK constraint that is validated without blocking; SET NOT NULL then skips its scan',
    ...provenNotNull(table, column, version),
  ];
}

/** Since PostgreSQL 12 a valid CHECK (… IS NOT NULL) spares SET NOT NULL its scan; since 18 it can be validated by itself. */
export function provenNotNull(table: string, column: string, version = 0): readonly string[] {
  const name = `"${bare(column)}_not_null"`;
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

export function saferType({ table, column, type, using }: ShapeOf<'alter-type'>): readonly string[] {
  const words =
    'add a new column of the new type, keep it filled by a trigger, backfill in batches, then swap the names in one short transaction';
  if (type === undefined) return [words];
  const [next, old] = [`"${bare(column)}_new"`, `"${bare(column)}_old"`];
  const value = using ?? `${column}::${type}`;
  return [
    words,
    `ALTER TABLE ${table} ADD COLUMN ${next} ${type};`,
    ...filledByTrigger(table, next, value),
    ...backfilled(table, `${next} = (${value})`, `${next} IS NULL AND ${column} IS NOT NULL`),
    'BEGIN;',
    `ALTER TABLE ${table} RENAME COLUMN ${column} TO ${old};`,
    `ALTER TABLE ${table} RENAME COLUMN ${next} TO ${column};`,
    `DROP TRIGGER "fill_${bare(next)}" ON ${table};`,
    'COMMIT;',
  ];
}

/** The expression names columns of the row, which is why it is asked of the row as a table. */
function filledByTrigger(table: string, column: string, expression: string): readonly string[] {
  const [trigger, routine] = [`"fill_${bare(column)}"`, `"${bare(table)}_fill_${bare(column)}"`];
  return [
    `CREATE FUNCTION ${routine}() RETURNS trigger LANGUAGE plpgsql AS $fill$ BEGIN NEW.${column} := (SELECT ${expression} FROM (SELECT NEW.*) AS new_row); RETURN NEW; END $fill$;`,
    `CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${routine}();`,
  ];
}

/** Without its schema and its quotes, as a part of other names. */
const bare = (name: string): string => (name.split('.').at(-1) ?? name).replaceAll('"', '');
