import { bareName, inSchemaOf } from './plain-name.ts';
import { provenNotNull } from './proven-not-null.ts';
import type { ShapeOf } from './statement-shape.ts';

const NOT_VALID =
  'add the constraint NOT VALID, then validate it in a transaction of its own, which lets reads and writes go on';

export function saferConstraint(shape: ShapeOf<'add-constraint'>): readonly string[] {
  const { table, name, definition } = shape;
  switch (shape.constraint) {
    case 'foreign-key':
    case 'check':
      return [
        NOT_VALID,
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
        `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
      ];
    case 'unique':
    case 'primary-key':
      return saferUnique(shape);
    case 'exclusion':
      return [
        'it can only be built under its lock: build it on an empty table that takes over, or in a quiet hour with a lock_timeout',
        `CREATE TABLE ${inSchemaOf(table, `"${bareName(table)}_next"`)} (LIKE ${table} INCLUDING ALL);`,
      ];
  }
}

function saferUnique(shape: ShapeOf<'add-constraint'>): readonly string[] {
  const { table, name, columns, indexed, deferred } = shape;
  const isPrimary = shape.constraint === 'primary-key';
  return [
    `build the unique index concurrently, then attach it as the constraint${isPrimary ? '; columns that may be NULL have to be proven first, or the key scans them under its lock' : ''}`,
    `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} (${columns.join(', ')})${indexed};`,
    ...(isPrimary ? columns.flatMap((column) => provenNotNull(table, column)) : []),
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${isPrimary ? 'PRIMARY KEY' : 'UNIQUE'} USING INDEX ${name}${deferred};`,
  ];
}

/** It reads every table that uses the domain, each under ShareLock. */
export const saferDomain = ({ domain, name, text }: ShapeOf<'domain-constraint'>): readonly string[] => [
  NOT_VALID,
  `${text} NOT VALID;`,
  `ALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${name};`,
];
