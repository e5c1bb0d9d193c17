import type { Result } from '../result/index.ts';

import { saferColumn, saferNotNull, saferType } from './safer-column.ts';
import { saferConstraint, saferDomain } from './safer-constraint.ts';
import { saferDrop, saferDropColumn, saferRenamedColumn, saferRenamedTable } from './safer-object.ts';
import { saferDelete, saferTruncate, saferUpdate } from './safer-rows.ts';
import { shapesOf } from './shape.ts';
import type { ShapeOf, StatementShape } from './statement-shape.ts';

/** 200 ms: a queue of that length is a hiccup, and a step that gives up is tried again. */
export const LOCK_TIMEOUT_SQL =
  "SET lock_timeout = '200ms';  -- in the scenario: lock_timeout: 200ms, with retries";

/**
 * The safer way to the same end: the first line says it in words, the lines after it in SQL. undefined: none is
 * known for this statement.
 */
export function saferWay(text: string, { server }: Pick<Result, 'server'>): string | undefined {
  for (const shape of shapesOf(text)) {
    const way = saferWayOf(shape, server?.versionNumber ?? 0);
    if (way !== undefined) return way.join('\n');
  }
  return undefined;
}

/** What is left where the statement can not be done otherwise: its lock is short, but what it waits for may not be. */
export const askBriefly = (text: string): string =>
  [
    'ask for the lock with a short lock_timeout and try again, in a transaction of its own that ends right after it',
    LOCK_TIMEOUT_SQL,
    `${text};`,
  ].join('\n');

type Ways = {
  readonly [Kind in StatementShape['kind']]: (
    shape: ShapeOf<Kind>,
    version: number,
  ) => readonly string[] | undefined;
};

const none = (): undefined => undefined;

const WAYS: Ways = {
  'add-column': saferColumn,
  'add-constraint': saferConstraint,
  'domain-constraint': saferDomain,
  'set-not-null': saferNotNull,
  'alter-type': saferType,
  'drop-column': saferDropColumn,
  'rename-column': saferRenamedColumn,
  'rename-table': saferRenamedTable,
  'drop-table': saferDrop,
  update: saferUpdate,
  delete: saferDelete,
  truncate: saferTruncate,
  'create-index': concurrently,
  'drop-index': concurrently,
  reindex: concurrently,
  refresh: concurrently,
  'detach-partition': concurrently,
  reorganize: concurrently,
  'set-lock-timeout': none,
  'transaction-control': none,
  other: none,
};

const saferWayOf = <Kind extends StatementShape['kind']>(
  shape: ShapeOf<Kind> & { readonly kind: Kind },
  version: number,
): readonly string[] | undefined => WAYS[shape.kind](shape, version);

type Lasting = Extract<
  StatementShape,
  { kind: 'create-index' | 'drop-index' | 'reindex' | 'refresh' | 'detach-partition' | 'reorganize' }
>;

const ONLINE = 'in a step without a transaction and without a short lock_timeout';

/** What PostgreSQL itself, or an extension, can do while the table is in use. */
function concurrently(shape: Lasting): readonly string[] | undefined {
  if ('concurrently' in shape && shape.concurrently) return undefined;
  switch (shape.kind) {
    case 'create-index':
      return [
        `build it concurrently, ${ONLINE}`,
        `${shape.text.replace(/^(create\s+(?:unique\s+)?index)\s+/i, '$1 CONCURRENTLY ')};`,
      ];
    case 'drop-index':
      return [
        `drop it concurrently, ${ONLINE}: it waits for those that use the table without stopping others`,
        ...shape.indexes.map((name) => `DROP INDEX CONCURRENTLY ${name};`),
      ];
    case 'reindex':
      return [`rebuild it concurrently, ${ONLINE}`, `REINDEX ${shape.what} CONCURRENTLY ${shape.name};`];
    case 'refresh':
      return [
        'refresh it concurrently, which needs a unique index on all of its rows and lets reads go on',
        `REFRESH MATERIALIZED VIEW CONCURRENTLY ${shape.view};`,
      ];
    case 'detach-partition':
      return [
        `detach it concurrently, ${ONLINE}`,
        `ALTER TABLE ${shape.table} DETACH PARTITION ${shape.partition} CONCURRENTLY;`,
      ];
    case 'reorganize':
      return [
        `rebuild ${shape.table} online with pg_repack or pg_squeeze, which lock it only for the final swap; a plain VACUUM already lets its space be used again`,
        `VACUUM (ANALYZE) ${shape.table};  -- then: pg_repack --table=${shape.table}`,
      ];
  }
}
