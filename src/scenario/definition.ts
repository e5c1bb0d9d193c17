import { z } from 'zod';

import { count, duration, number, rate, size, timeout } from '../document/index.ts';

import { actorsDefinition } from './actor-definition.ts';
import { trafficDefinition } from './traffic-definition.ts';

/* The scenario file as people write it; `schemas/scenario.schema.json` is generated from here. */

const text = z.string().min(1, { error: 'must not be empty' });
const names = z.record(z.string(), text);

const policy = {
  name: text.optional(),
  lock_timeout: timeout().optional(),
  statement_timeout: timeout().optional(),
  retries: z
    .union([
      count(),
      z.strictObject({ times: count(), backoff: duration().optional(), max_backoff: duration().optional() }),
    ])
    .optional(),
};

const backfill = z.strictObject({
  table: text,
  key: z
    .union([text, z.array(text).min(1)])
    .optional()
    .describe(
      'column or columns by which batches are cut, in the order of an index; without: the primary key',
    ),
  set: text.describe('what UPDATE … SET gets'),
  where: text.optional(),
  batch: count({ min: 1 }).default(1_000),
  pause: duration().optional(),
});

const step = z.strictObject({
  ...policy,
  sql: text.optional(),
  file: text.optional(),
  transaction: z.boolean().optional(),
  backfill: backfill.optional(),
  command: text.optional(),
  connects: z
    .boolean()
    .optional()
    .describe(
      'false: the command has nothing to do in the database; without it a command that never connects makes the measurement invalid',
    ),
});

const conditions = z.record(z.string(), z.union([text, z.array(text).min(1)]));

export const scenarioDefinition = z.strictObject({
  name: text.optional(),
  dataset: text.describe(
    'the dataset file, relative to this file; existing: the data of the database that --target names',
  ),
  scale: number({ above: 0 }).optional(),
  seed: count().optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  databases: z
    .array(text)
    .min(1)
    .default(['rehearsal', 'rehearsal_*'])
    .describe(
      'names of databases of other servers where this may be rehearsed, * for any characters; each has to be marked as well (rehearse mark)',
    ),
  other_traffic: rate({ none: true })
    .optional()
    .describe(
      'transactions a second of others beyond which the server of --target is not to be rehearsed on; 10/s',
    ),
  container: z
    .strictObject({
      cpus: number({ above: 0 }).optional().describe('processors that it may use: 2, 0.5'),
      memory: size().optional(),
      shared_memory: size().optional(),
      environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
      start_timeout: duration().optional(),
    })
    .default({ environment: {} })
    .describe(
      'limits and environment of the container with --target container:IMAGE, as production has them',
    ),
  faithful_deadlocks: z
    .boolean()
    .default(false)
    .describe(
      'leave deadlock_timeout at 1s as in production, instead of the 100ms that let more lock waits be timed',
    ),
  traffic: z.union([text, trafficDefinition]).describe('a file, or the traffic itself'),
  actors: actorsDefinition.default({}).describe('sessions beside the traffic, by name'),
  phases: z
    .strictObject({
      warmup: duration().optional(),
      baseline: duration().optional(),
      migration: z.strictObject({ min: duration().optional(), max: duration().optional() }).optional(),
      recovery: duration().optional(),
    })
    .default({}),
  migration: z.union([text, step, z.array(step).min(1)]).describe('a SQL file, a step, or a list of steps'),
  rerun: z
    .boolean()
    .default(false)
    .describe(
      'run the migration once more afterwards, without traffic: it must change nothing or fail cleanly',
    ),
  statement_benchmark: z
    .union([z.boolean(), z.strictObject({ time: duration().optional() })])
    .optional()
    .describe(
      'run each statement of the traffic alone, before and after, and roll it back; time: of all of them together, each time. Default: true for 1s, and false with dataset: existing',
    ),
  thresholds: conditions.default({}),
  validity: conditions.default({}),
  accept: names.default({}).describe('finding: reason'),
  safer: text.optional().describe('the scenario that shows the safer way'),
});

export type ScenarioFile = z.output<typeof scenarioDefinition>;
export type StepFile = z.output<typeof step>;

export const scenarioJsonSchema = (): unknown => z.toJSONSchema(scenarioDefinition, { io: 'input' });
