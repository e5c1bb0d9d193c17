import { z } from 'zod';

import { duration, offset } from '../document/index.ts';

/* The section `actors` of a scenario file as people write it: one shape for each kind. */

const text = z.string().min(1, { error: 'must not be empty' });
const query = text.describe('one statement');
const tables = z.array(text).min(1).optional();
const length = () => duration().refine((value) => value > 0, { error: 'expected a duration above 0' });

/** When it acts, whatever it does. */
const timing = {
  phase: z.enum(['baseline', 'migration', 'recovery']).default('migration'),
  start: offset().optional().describe('from the start of the phase'),
  period: length()
    .optional()
    .describe('from the beginning of one turn to that of the next, until the run ends; absent: one turn'),
};

/** Of what it takes: everything by itself, or as much of it as fits into a length of time. */
const perhaps = (without: string) => length().optional().describe(`of a turn; absent: ${without}`);

const maintained = {
  table: text.optional(),
  tables: tables.describe('absent, and no table: the whole database'),
  duration: perhaps('once; else again and again'),
};

const report = z
  .strictObject({ kind: z.literal('report'), ...timing, query, duration: length() })
  .describe('repeats its query in one repeatable-read transaction');

const dump = z
  .strictObject({
    kind: z.literal('dump'),
    ...timing,
    tables: tables.describe('absent: all'),
    duration: perhaps('each table once; else again and again'),
  })
  .describe('locks and reads all tables in one repeatable-read transaction, as pg_dump does');

const idle = z
  .strictObject({ kind: z.literal('idle-in-transaction'), ...timing, query, duration: length() })
  .describe('runs its query once and keeps the transaction open');

const batch = z
  .strictObject({
    kind: z.literal('batch'),
    ...timing,
    query: text.describe('one INSERT, UPDATE, DELETE or MERGE of a limited number of rows'),
    pause: duration().optional().describe('between two of its statements; default: none'),
    duration: perhaps('until the query changes no row any more'),
  })
  .describe('repeats its query, each time in a transaction of its own');

const vacuum = z
  .strictObject({
    kind: z.literal('vacuum'),
    ...timing,
    ...maintained,
    analyze: z.boolean().default(false),
    full: z.boolean().default(false).describe('rewrites the table under an ACCESS EXCLUSIVE lock'),
    freeze: z.boolean().default(false),
  })
  .describe('VACUUM');

const analyze = z.strictObject({ kind: z.literal('analyze'), ...timing, ...maintained }).describe('ANALYZE');

export const actorsDefinition = z.record(
  z.string(),
  z
    .discriminatedUnion('kind', [report, dump, idle, batch, vacuum, analyze])
    .describe('{ kind: report | dump | idle-in-transaction | batch | vacuum | analyze, … }'),
);

export type ActorsFile = z.output<typeof actorsDefinition>;
export type ActorFile = ActorsFile[string];
