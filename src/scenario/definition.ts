import { z } from 'zod';

import { count, duration, number, offset, rate } from '../document/index.ts';

/* The scenario file and the traffic file as people write them; `schemas/*.json` are generated from here. */

const text = z.string().min(1, { error: 'must not be empty' });
const names = z.record(z.string(), text);

const trafficStep = z.union([
  z.enum(['begin', 'commit', 'rollback']),
  z.strictObject({
    query: text,
    capture: names.optional().describe('variable: column of the first row'),
  }),
  z.strictObject({ think: duration() }),
]);

const parameterValue = z.union([
  z.string(),
  z.number(),
  z.strictObject({
    values: z.union([
      z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
      z.record(z.string(), number({ min: 0 })),
    ]),
  }),
]);

const transaction = z.strictObject({
  query: text.optional().describe('a transaction of one statement'),
  steps: z.array(trafficStep).min(1).optional(),
  params: z
    .record(z.string(), parameterValue)
    .optional()
    .describe('orders.id zipfian 1.1 | int 1..5 | uuid | sequence | { values: [a, b] }'),
});

export const trafficDefinition = z.strictObject({
  connections: count({ min: 1, max: 10_000 }).describe('size of the application’s pool'),
  rate: rate().describe('arrivals per second, whether or not the database keeps up'),
  arrival: z.enum(['poisson', 'uniform']).default('poisson'),
  prepare: z.enum(['named', 'unnamed']).default('named'),
  statement_timeout: duration().optional(),
  lock_timeout: duration().optional(),
  grace: duration().optional().describe('how long running arrivals may take to finish at the end'),
  mix: z.record(z.string(), number({ above: 0 })).describe('weights of the transactions'),
  transactions: z.record(z.string(), transaction),
});

const policy = {
  name: text.optional(),
  lock_timeout: duration().optional(),
  statement_timeout: duration().optional(),
  retries: z
    .union([
      count(),
      z.strictObject({ times: count(), backoff: duration().optional(), max_backoff: duration().optional() }),
    ])
    .optional(),
};

const backfill = z.strictObject({
  table: text,
  key: text.default('id').describe('column by which batches are cut: unique and indexed'),
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
});

const conditions = z.record(z.string(), z.union([text, z.array(text).min(1)]));

export const scenarioDefinition = z.strictObject({
  name: text.optional(),
  dataset: text.describe('the dataset file, relative to this file'),
  scale: number({ above: 0 }).default(1),
  seed: count().optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  traffic: z.union([text, trafficDefinition]).describe('a file, or the traffic itself'),
  actors: z
    .record(
      z.string(),
      z.strictObject({
        kind: z.enum(['report', 'idle-in-transaction']),
        query: text,
        phase: z.enum(['baseline', 'migration', 'recovery']).default('migration'),
        start: offset().optional().describe('from the start of the phase'),
        duration: duration(),
      }),
    )
    .default({}),
  phases: z
    .strictObject({
      warmup: duration().optional(),
      baseline: duration().optional(),
      migration: z.strictObject({ min: duration().optional(), max: duration().optional() }).optional(),
      recovery: duration().optional(),
    })
    .default({}),
  migration: z.union([text, step, z.array(step).min(1)]).describe('a SQL file, a step, or a list of steps'),
  thresholds: conditions.default({}),
  validity: conditions.default({}),
  accept: names.default({}).describe('finding: reason'),
  safer: text.optional().describe('the scenario that shows the safer way'),
});

export type TrafficFile = z.output<typeof trafficDefinition>;
export type ScenarioFile = z.output<typeof scenarioDefinition>;
export type StepFile = z.output<typeof step>;
export type TransactionFile = z.output<typeof transaction>;
export type ParameterFile = z.output<typeof parameterValue>;

export const scenarioJsonSchema = (): unknown => z.toJSONSchema(scenarioDefinition, { io: 'input' });
export const trafficJsonSchema = (): unknown => z.toJSONSchema(trafficDefinition, { io: 'input' });
