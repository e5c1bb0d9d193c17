import { withoutComments } from '../postgres/index.ts';
import type { Partitioned, Result, StatementResult } from '../result/index.ts';

import { plainName } from './plain-name.ts';
import { saferColumn, saferNotNull, saferType } from './safer-column.ts';
import { saferConstraint, saferDomain } from './safer-constraint.ts';
import { saferDrop, saferDropColumn, saferRenamedColumn, saferRenamedTable } from './safer-object.ts';
import {
  saferPartitionedForeignKey,
  saferPartitionedIndex,
  saferPartitionedKey,
} from './safer-partitioned.ts';
import { saferDelete, saferTruncate, saferUpdate } from './safer-rows.ts';
import { commandsOf } from './shape.ts';
import type { ShapeOf, StatementShape } from './statement-shape.ts';

/** 200 ms: a queue of that length is a hiccup, and a step that gives up is tried again. */
export const LOCK_TIMEOUT_SQL =
  "SET lock_timeout = '200ms';  -- in the scenario: lock_timeout: 200ms, with retries";

/** What a way depends on. */
interface Place {
  readonly version: number;
  /** undefined: the table is not partitioned. */
  readonly partitionsOf: (table: string) => Partitioned | undefined;
  /** Those that the statement has locked. */
  readonly locked: readonly string[];
}

export type Written = Pick<StatementResult, 'text' | 'locks' | 'commands'>;

/**
 * The safer way to the same end: the first line says it in words, the lines after it in SQL that runs as it is written. undefined: none
 * is known for this statement.
 */
export function saferWay(
  statement: Written,
  result: Pick<Result, 'server' | 'relations'>,
): string | undefined {
  const place = placeOf(statement, result);
  // What a function or a block of code does is told by its commands.
  const texts = [statement.text, ...(statement.commands ?? []).flatMap(({ text }) => text ?? [])];
  for (const commands of texts.flatMap(commandsOf)) {
    const ways = commands.map(({ text, shapes: [shape] }) => ({
      text,
      way: shape === undefined ? undefined : saferWayOf(shape, place),
    }));
    if (ways.some(({ way }) => way !== undefined)) return together(ways).join('\n');
  }
  return undefined;
}

/** Of a statement with several commands each has its own way; those that need none stay as they are. */
function together(
  ways: readonly { readonly text: string; readonly way: readonly string[] | undefined }[],
): readonly string[] {
  const words = [...new Set(ways.flatMap(({ way }) => way?.[0] ?? []))];
  const lines = ways.flatMap(({ text, way }) => (way === undefined ? [`${text};`] : way.slice(1)));
  return [words.join('; '), ...lines];
}

function placeOf({ locks }: Written, { server, relations }: Pick<Result, 'server' | 'relations'>): Place {
  const partitioned = new Map(relations.map(({ name, before }) => [name, before?.partitioned]));
  return {
    version: server?.versionNumber ?? 0,
    partitionsOf: (table) => partitioned.get(plainName(table)),
    locked: locks.map(({ relation }) => relation),
  };
}

/** What is left where the statement can not be done otherwise: its lock is short, but what it waits for may not be. */
export const askBriefly = (text: string): string =>
  [
    'ask for the lock with a short lock_timeout and try again, in a transaction of its own that ends right after it',
    LOCK_TIMEOUT_SQL,
    asStatement(text),
  ].join('\n');

/** Of work that grows with the table. */
export const inQuietHour = (text: string): string =>
  [
    'PostgreSQL has no way to do it without its lock: do it in a quiet hour, with a lock_timeout, or on a new table that takes over',
    LOCK_TIMEOUT_SQL,
    asStatement(text),
  ].join('\n');

/** A text of the migration as a line of SQL: a comment at its end would swallow the semicolon. */
export const asStatement = (text: string): string => `${withoutComments(text).replace(/[\s;]+$/, '')};`;

type Ways = {
  readonly [Kind in StatementShape['kind']]: (
    shape: ShapeOf<Kind>,
    place: Place,
  ) => readonly string[] | undefined;
};

const none = (): undefined => undefined;

const WAYS: Ways = {
  'add-column': (shape, { version }) => saferColumn(shape, version),
  'add-constraint': saferConstraintAt,
  'domain-constraint': saferDomain,
  'set-not-null': (shape, { version }) => saferNotNull(shape, version),
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
  place: Place,
): readonly string[] | undefined => WAYS[shape.kind](shape, place);

/** The first that takes foreign keys of partitioned tables NOT VALID. */
const V18 = 180_000;

function saferConstraintAt(
  shape: ShapeOf<'add-constraint'>,
  { version, partitionsOf }: Place,
): readonly string[] {
  const partitioned = partitionsOf(shape.table);
  const isKey = shape.constraint === 'unique' || shape.constraint === 'primary-key';
  if (partitioned !== undefined && isKey) return saferPartitionedKey(shape, partitioned);
  return partitioned !== undefined && shape.constraint === 'foreign-key' && version < V18
    ? saferPartitionedForeignKey(shape, partitioned)
    : saferConstraint(shape);
}

type Lasting = Extract<
  StatementShape,
  { kind: 'create-index' | 'drop-index' | 'reindex' | 'refresh' | 'detach-partition' | 'reorganize' }
>;

const ONLINE = 'in a step without a transaction and without a short lock_timeout';

/** What PostgreSQL itself, or an extension, can do while the table is in use. */
function concurrently(shape: Lasting, { partitionsOf, locked }: Place): readonly string[] | undefined {
  if ('concurrently' in shape && shape.concurrently) return undefined;
  switch (shape.kind) {
    case 'create-index':
      return concurrentIndex(shape, partitionsOf(shape.table));
    case 'drop-index':
      // DROP INDEX CONCURRENTLY knows no index of a partitioned table.
      return locked.some((table) => partitionsOf(table) !== undefined)
        ? undefined
        : [
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
      // Refused where there is a default partition (manual, ALTER TABLE).
      return partitionsOf(shape.table)?.hasDefault === true
        ? undefined
        : [
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

function concurrentIndex(
  shape: ShapeOf<'create-index'>,
  partitioned: Partitioned | undefined,
): readonly string[] | undefined {
  if (partitioned !== undefined) return shape.only ? undefined : saferPartitionedIndex(shape, partitioned);
  const [upTo, rest] = shape.text;
  return [`build it concurrently, ${ONLINE}`, `${upTo} CONCURRENTLY ${rest};`];
}
