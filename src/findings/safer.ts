import { shapesOf } from './shape.ts';
import type { StatementShape } from './statement-shape.ts';

/**
 * The safer way to the same end: the first line says it in words, the lines after it in SQL. undefined: none is
 * known for this statement.
 */
export function saferWay(text: string): string | undefined {
  for (const shape of shapesOf(text)) {
    const way = saferWayOf(shape);
    if (way !== undefined) return way.join('\n');
  }
  return undefined;
}

function saferWayOf(shape: StatementShape): readonly string[] | undefined {
  switch (shape.kind) {
    case 'add-column':
      return saferColumn(shape);
    case 'add-constraint':
      return saferConstraint(shape);
    case 'set-not-null':
      return saferNotNull(shape);
    case 'alter-type':
      return [
        `add a new column of the new type, keep it filled by a trigger, backfill in batches, then swap the names in one short transaction`,
      ];
    case 'create-index':
      return shape.concurrently ? undefined : saferIndex(shape.text);
    case 'reorganize':
      return [
        `rebuild ${shape.table} online with pg_repack or pg_squeeze, which lock it only for the final swap`,
      ];
    case 'truncate':
    case 'set-lock-timeout':
    case 'other':
      return undefined;
  }
}

type ShapeOf<Kind extends StatementShape['kind']> = Extract<StatementShape, { readonly kind: Kind }>;

function saferColumn({
  table,
  column,
  type,
  notNull,
  computed,
  ...shape
}: ShapeOf<'add-column'>): readonly string[] | undefined {
  if (computed || /^(?:small|big)?serial\d?$/i.test(type)) {
    return [
      'add a plain column, keep it filled by a trigger, backfill the old rows in batches',
      `ALTER TABLE ${table} ADD COLUMN ${column} ${computed ? type : 'bigint'};`,
    ];
  }
  if (shape.default === undefined) return undefined;
  return [
    'add the column without a default, set the default for new rows, backfill the old rows in batches',
    `ALTER TABLE ${table} ADD COLUMN ${column} ${type};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT ${shape.default};`,
    `UPDATE ${table} SET ${column} = ${shape.default} WHERE ${column} IS NULL;  -- in batches by key: a step of kind backfill`,
    ...(notNull ? notNullStatements(table, column) : []),
  ];
}

function saferConstraint({
  table,
  constraint,
  name,
  definition,
  columns,
}: ShapeOf<'add-constraint'>): readonly string[] | undefined {
  switch (constraint) {
    case 'foreign-key':
    case 'check':
      return [
        'add the constraint NOT VALID, then validate it in a transaction of its own, which lets reads and writes go on',
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
        `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
      ];
    case 'unique':
    case 'primary-key':
      return [
        'build the unique index concurrently, then attach it as the constraint',
        `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} (${columns.join(', ')});`,
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${constraint === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'} USING INDEX ${name};`,
      ];
    case 'other':
      return undefined;
  }
}

function saferNotNull({ table, column }: ShapeOf<'set-not-null'>): readonly string[] {
  return [
    'prove it first by a CHECK constraint that is validated without blocking; SET NOT NULL then skips its scan',
    ...notNullStatements(table, column),
  ];
}

/** Since PostgreSQL 12 a valid CHECK (… IS NOT NULL) spares SET NOT NULL its scan. */
function notNullStatements(table: string, column: string): readonly string[] {
  const name = `${column.replaceAll('"', '')}_not_null`;
  return [
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID;`,
    `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;`,
    `ALTER TABLE ${table} DROP CONSTRAINT ${name};`,
  ];
}

function saferIndex(text: string): readonly string[] {
  return [
    'build it concurrently, in a step without a transaction and without a short lock_timeout',
    `${text.replace(/^(create\s+(?:unique\s+)?index)\s+/i, '$1 CONCURRENTLY ')};`,
  ];
}
