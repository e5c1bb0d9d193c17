import { z } from 'zod';

import { count, duration, number, rate, timeout } from '../document/index.ts';
import { PHASES } from '../threshold/index.ts';

import { ISOLATION_LEVELS } from './traffic-model.ts';

/* The traffic file as people write it; `schemas/traffic.schema.json` is generated from here. */

const text = z.string().min(1, { error: 'must not be empty' });

const expectation = z
  .strictObject({
    rows: z.union([count(), text]).optional().describe('returned or changed: 1, "1..10", ">= 1"'),
    columns: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  })
  .describe('else the arrival fails with the class expectation');

const weight = () => number({ above: 0 });

const plainStep = z.union([
  z.enum(['begin', 'commit', 'rollback']),
  z.strictObject({
    begin: z.enum(ISOLATION_LEVELS),
    read_only: z.boolean().optional(),
  }),
  z.strictObject({
    query: text,
    capture: z.record(z.string(), text).optional().describe('variable: column of the first row'),
    expect: expectation.optional(),
  }),
  z.strictObject({ think: text.describe('20ms, 10ms..30ms or exponential 20ms') }),
  z.strictObject({
    let: z
      .record(z.string(), z.union([text, z.number()]))
      .describe('variable: an expression in the language of pgbench, such as random(1, 5) * :price'),
  }),
]);

/** Steps inside steps. */
export type TrafficStepFile =
  | z.output<typeof plainStep>
  | {
      readonly if: string;
      readonly then: readonly TrafficStepFile[];
      readonly else?: readonly TrafficStepFile[] | undefined;
    }
  | {
      readonly branch: readonly { readonly weight: number; readonly steps: readonly TrafficStepFile[] }[];
    };

const steps: z.ZodType<readonly TrafficStepFile[]> = z.lazy(() => z.array(trafficStep).min(1));

// Flat: a mistake is explained by the one kind that was meant.
const trafficStep = z.union([
  ...plainStep.options,
  z.strictObject({ if: text, then: steps, else: steps.optional() }),
  z.strictObject({ branch: z.array(z.strictObject({ weight: weight(), steps })).min(1) }),
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
  steps: steps.optional(),
  file: text.optional().describe('a pgbench script, relative to this file'),
  params: z
    .record(z.string(), parameterValue)
    .optional()
    .describe(
      'orders.id zipfian 1.1 | int 1..5 | decimal 0.00..9.99 | faker person.firstName | uuid | sequence from 1000 | { values: [a, b] }',
    ),
});

const ratesByPhase = z.partialRecord(z.enum(PHASES), rate(), {
  error: ({ code }) => (code === 'invalid_type' ? 'expected rates by phase' : undefined),
});

/** What makes arrivals, and where they go; each workload has its own. */
const load = {
  executor: z
    .enum(['constant-arrival-rate', 'ramping-arrival-rate', 'constant-vus', 'max'])
    .optional()
    .describe('default: constant-arrival-rate; with stages ramping-arrival-rate, with vus constant-vus'),
  rate: z
    .union([rate(), ratesByPhase])
    .optional()
    .describe(
      'arrivals per second, whether or not the database keeps up: 400/s, or by phase: { baseline: 400/s, migration: 100/s }',
    ),
  start_rate: rate({ none: true }).optional().describe('of a ramp; default 0/s'),
  stages: z
    .array(z.strictObject({ target: rate({ none: true }), duration: duration() }))
    .min(1)
    .optional()
    .describe(
      'the rate grows or falls to each target in turn, from the start of the run; the last one holds on',
    ),
  arrival: z.enum(['poisson', 'uniform']).optional().describe('default: poisson'),
  when_saturated: z
    .enum(['queue', 'drop'])
    .optional()
    .describe('an arrival that finds no free connection waits (default), or is counted as dropped'),
  vus: count({ min: 1, max: 10_000 }).optional().describe('virtual users, each of whom waits for its answer'),
  pause: duration().optional().describe('of a virtual user between two transactions'),
  connections: count({ min: 1, max: 10_000 }).optional().describe('size of the application’s pool'),
  mix: z.record(z.string(), weight()).optional().describe('weights of the transactions'),
};

/** How the application treats its database; a workload may say otherwise than the file. */
const manners = {
  prepare: z.enum(['named', 'unnamed', 'simple']).optional().describe('default: named'),
  isolation: z.enum(ISOLATION_LEVELS).optional(),
  acquire_timeout: timeout()
    .optional()
    .describe('how long an arrival waits for a connection before it fails'),
  statement_timeout: timeout().optional(),
  lock_timeout: timeout().optional(),
  idle_in_transaction_session_timeout: timeout().optional(),
  retries: z
    .union([
      count(),
      z.strictObject({ times: count(), backoff: duration().optional(), max_backoff: duration().optional() }),
    ])
    .optional()
    .describe('after a serialization failure or a deadlock; default 0'),
  on_plan_invalidated: z
    .enum(['reprepare', 'retry', 'fail', 'reconnect'])
    .optional()
    .describe('after "cached plan must not change result type"; default: reprepare'),
};

const workload = z.strictObject({ ...load, ...manners });

export const trafficDefinition = z.strictObject({
  ...load,
  ...manners,
  workloads: z
    .record(z.string(), workload)
    .optional()
    .describe('several loads side by side, each with its own pool'),
  workers: count({ min: 1, max: 64 }).default(1).describe('threads that make the load'),
  precision: z
    .enum(['high', 'normal'])
    .optional()
    .describe(
      'high: a thread never sleeps, which keeps a processor busy and times each statement 50 to 100 µs better; default: high where there are four processors for each worker',
    ),
  grace: duration().optional().describe('how long running arrivals may take to finish at the end'),
  transactions: z.record(z.string(), transaction),
});

export type TrafficFile = z.output<typeof trafficDefinition>;
export type WorkloadFile = z.output<typeof workload>;
export type TransactionFile = z.output<typeof transaction>;
export type ParameterFile = z.output<typeof parameterValue>;
export type ExpectationFile = z.output<typeof expectation>;

/** The keys that only some executors take. */
export const LOAD_KEYS = [
  'rate',
  'start_rate',
  'stages',
  'arrival',
  'when_saturated',
  'vus',
  'pause',
] as const;

export const trafficJsonSchema = (): unknown => z.toJSONSchema(trafficDefinition, { io: 'input' });
