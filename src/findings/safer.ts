import type { Result } from '../result/index.ts';

import { saferColumn, saferNotNull, saferType } from './safer-column.ts';
import { saferConstraint, saferDomain } from './safer-constraint.ts';
import { saferDrop, saferDropColumn, saferRenamedColumn, saferRenamedTable } from './safer-object.ts';
import { saferDelete, saferTruncate, saferUpdate } from './safer-rows.ts';
import { shapesOf } from './shape.ts';
import type { StatementShape } from './statement-shape.ts';

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

function saferWayOf(shape: StatementShape, version: number): readonly string[] | undefined {
  switch (shape.kind) {
    case 'add-column':
      return saferColumn(shape, version);
    case 'add-constraint':
      return saferConstraint(shape);
    case 'domain-constraint':
      return saferDomain(shape);
    case 'set-not-null':
      return saferNotNull(shape, version);
    case 'alter-type':
      return saferType(shape);
    case 'drop-column':
      return saferDropColumn(shape);
    case 'rename-column':
      return saferRenamedColumn(shape);
    case 'rename-table':
      return saferRenamedTable(shape);
    case 'drop-table':
      return saferDrop(shape);
    case 'update':
      return saferUpdate(shape);
    case 'delete':
      return saferDelete(shape);
    case 'truncate':
      return saferTruncate(shape);
    case 'create-index':
    case 'drop-index':
    case 'reindex':
    case 'refresh':
    case 'detach-partition':
    case 'reorganize':
      return concurrently(shape);
    case 'set-lock-timeout':
    case 'transaction-control':
    case 'other':
      return undefined;
  }
}

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
