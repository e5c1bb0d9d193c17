import { quoteLiteral } from '../postgres/index.ts';

import { bareName, inSchemaOf } from './plain-name.ts';
import { provenNotNull } from './proven-not-null.ts';
import { saferConstraint } from './safer-constraint.ts';
import { backfilled } from './safer-rows.ts';
import type { ShapeOf } from './statement-shape.ts';

/** The first with NOT NULL … NOT VALID, and with generated columns that are not stored. */
const V18 = 180_000;

export function saferColumn(shape: ShapeOf<'add-column'>, version: number): readonly string[] | undefined {
  const way = saferAddition(shape, version);
  if (way === undefined) return undefined;
  return [...way, ...shape.constraints.flatMap((one) => saferConstraint(one).slice(1))];
}

function saferAddition(shape: ShapeOf<'add-column'>, version: number): readonly string[] | undefined {
  const { table, column, type, notNull, generated } = shape;
  if (generated?.as === 'stored') return saferGenerated(shape, generated.expression, version);
  if (generated?.as === 'identity' || SERIAL.test(type)) return saferSequence(shape, version);
  if (shape.default === undefined) return undefined;
  return [
    'add the column without a default, set the default for new rows, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${type};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT ${shape.default};`,
    ...backfilled(table, `${column} = ${shape.default}`, `${column} IS NULL`),
    ...(notNull ? provenNotNull(table, column, version) : []),
  ];
}

const SERIAL = /^(?:small|big)?serial\d?$/i;

/** Both are NOT NULL without saying so; a primary key proves it itself. */
function saferSequence(
  { table, column, type, constraints }: ShapeOf<'add-column'>,
  version: number,
): readonly string[] {
  const sequence = inSchemaOf(table, `"${bareName(table)}_${bareName(column)}_seq"`);
  const next = `nextval(${quoteLiteral(sequence)})`;
  const isKey = constraints.some(({ constraint }) => constraint === 'primary-key');
  return [
    'add a plain column, number new rows from a sequence, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${SERIAL.test(type) ? 'bigint' : type};`,
    `CREATE SEQUENCE ${sequence} OWNED BY ${table}.${column};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT ${next};`,
    ...backfilled(table, `${column} = ${next}`, `${column} IS NULL`),
    ...(isKey ? [] : provenNotNull(table, column, version)),
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

export function saferType({ table, column, type, using }: ShapeOf<'alter-type'>): readonly string[] {
  const [next, old] = [`"${bareName(column)}_new"`, `"${bareName(column)}_old"`];
  const value = using ?? `${column}::${type}`;
  return [
    'add a new column of the new type, keep it filled by a trigger, backfill in batches, then swap the names in one short transaction; before that, give it the default, NOT NULL and indexes of the old one, and where that is a key, a key of its own',
    `ALTER TABLE ${table} ADD COLUMN ${next} ${type};`,
    ...filledByTrigger(table, next, value),
    ...backfilled(table, `${next} = (${value})`, `${next} IS NULL AND ${column} IS NOT NULL`),
    'BEGIN;',
    `ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL;  -- new rows come without the old one`,
    `ALTER TABLE ${table} RENAME COLUMN ${column} TO ${old};`,
    `ALTER TABLE ${table} RENAME COLUMN ${next} TO ${column};`,
    `DROP TRIGGER "fill_${bareName(next)}" ON ${table};`,
    'COMMIT;',
  ];
}

/** The expression names columns of the row, which is why it is asked of the row as a table. */
function filledByTrigger(table: string, column: string, expression: string): readonly string[] {
  const [trigger, routine] = [`"fill_${bareName(column)}"`, `"${bareName(table)}_fill_${bareName(column)}"`];
  return [
    `CREATE FUNCTION ${routine}() RETURNS trigger LANGUAGE plpgsql AS $fill$ BEGIN NEW.${column} := (SELECT ${expression} FROM (SELECT NEW.*) AS new_row); RETURN NEW; END $fill$;`,
    `CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${routine}();`,
  ];
}
