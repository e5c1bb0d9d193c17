import { z } from 'zod';

import { count, number } from '../document/index.ts';

/* The dataset file as people write it; `schemas/dataset.schema.json` is generated from here. */

const text = z.string().min(1, { error: 'must not be empty' });
const share = () => number({ min: 0, max: 1 });
const range = z.tuple([number(), number()]).describe('[from, to], both included');

/** `2d`, `90s`, `3y`; days, weeks and years besides what durations know elsewhere. */
const span = z
  .string()
  .regex(/^[\d_.]+\s*(us|ms|s|m|min|h|d|w|mo|y)$/, {
    error: (issue) => `expected a length of time such as 2d or 90m, found ${JSON.stringify(issue.input)}`,
  })
  .describe('a length of time: 90m, 2d, 1y');
const moment = z
  .string()
  .describe('a date or time, `ref_date`, or a span before or after it: 2025-01-31, -3y, +30d');

const distribution = z
  .union([
    z.enum(['uniform', 'zipfian', 'gaussian', 'exponential']),
    z.strictObject({ zipfian: number({ above: 0, max: 10 }) }),
    z.strictObject({ gaussian: number({ min: 1 }) }),
    z.strictObject({ exponential: number({ above: 0 }) }),
  ])
  .describe(
    'uniform | {zipfian: exponent} | {gaussian: standard deviations to the edge} | {exponential: rate}',
  );

const drawnNumber = z.strictObject({
  range: range.optional().describe('smallest and largest value'),
  log_normal: z
    .tuple([number(), number({ above: 0 })])
    .optional()
    .describe('[mu, sigma] of the logarithm'),
  gaussian: z
    .tuple([number(), number({ above: 0 })])
    .optional()
    .describe('[mean, standard deviation]'),
});

const textShape = z.strictObject({
  width: z
    .union([
      count({ min: 1 }),
      z.strictObject({
        p50: count({ min: 1 }),
        p95: count({ min: 1 }).optional(),
        max: count({ min: 1 }).optional(),
      }),
    ])
    .optional()
    .describe('characters'),
  words: z.union([count({ min: 1 }), z.tuple([count({ min: 1 }), count({ min: 1 })])]).optional(),
});

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A value in a JSON template or an array: one generator and what belongs to it. */
const plainGenerators = {
  sequence: z
    .union([z.literal(true), z.strictObject({ start: number().default(1), step: number().default(1) })])
    .optional(),
  int: drawnNumber.optional(),
  numeric: drawnNumber.optional(),
  float: drawnNumber.optional(),
  scale: count({ min: 0, max: 6 }).optional().describe('decimals of a numeric'),
  boolean: share().optional().describe('share of true'),
  uuid: z.enum(['v4', 'v7']).optional(),
  text: textShape.optional(),
  faker: text.optional().describe('a method of faker: internet.email'),
  values: z
    .union([z.array(scalar).min(1), z.record(z.string(), number({ min: 0 }))])
    .optional()
    .describe('list, or value: weight'),
  series: z
    .strictObject({
      from: moment,
      to: moment.default('ref_date'),
      growth: number({ above: -1 }).optional(),
      jitter: span.optional(),
    })
    .optional()
    .describe('times that grow with the row number'),
  null_frac: share().optional().describe('share of NULL'),
};

export const valueDefinition = z.strictObject(plainGenerators);

const arrayShape = z.strictObject({
  of: valueDefinition,
  length: z
    .union([
      count(),
      z.strictObject({
        min: count().default(0),
        max: count({ max: 10_000 }),
        mean: number({ min: 0 }).optional(),
      }),
    ])
    .default({ min: 0, max: 3 }),
});

const lag = z.union([
  span,
  z.strictObject({ exponential: span }),
  z.strictObject({ uniform: z.tuple([span, span]) }),
]);

const column = z.strictObject({
  ...plainGenerators,
  ref: text.optional().describe('a key of another table: customers.id'),
  distribution: distribution.optional().describe('of the keys that `ref` draws'),
  childless: number({ min: 0, max: 0.999 })
    .optional()
    .describe('share of the parents that `ref` never draws'),
  after: text.optional().describe('a column of the same table with an earlier time'),
  lag: lag.optional().describe('how much later; exponential is around a mean'),
  json: z
    .unknown()
    .optional()
    .describe('a template; {values: …}, {int: …} and so on stand for generated values'),
  array: arrayShape.optional(),
  value: z.unknown().optional().describe('the same in every row; null is allowed'),
  default: z.literal(true).optional().describe('left to the column’s DEFAULT'),
  unique: z.boolean().optional(),
});

const fanout = z.strictObject({
  mean: number({ above: 0 }).describe('rows for one row of the parent'),
  min: count().optional().describe('rows that a parent with any rows has at least'),
  distribution: distribution.optional().describe('how unevenly; uniform: all alike'),
  childless: number({ min: 0, max: 0.999 }).optional().describe('share of the parents without rows'),
  clustered: z.boolean().optional().describe('rows of one parent stand together; false: spread at random'),
});

const table = z.strictObject({
  rows: count().optional().describe('at scale 1'),
  per: text.optional().describe('parent table: the number of rows follows from its rows and `fanout`'),
  fanout: fanout.optional(),
  scale: z
    .enum(['linear', 'fixed'])
    .optional()
    .describe('fixed: the same at every scale; the default up to 1,000 rows'),
  columns: z.record(z.string(), column).default({}),
});

export const datasetDefinition = z.strictObject({
  version: z.literal(1).optional(),
  name: text.optional(),
  seed: count().default(42),
  schema: z.union([text, z.strictObject({ from: text })]).describe('SQL file that creates the tables'),
  ref_date: text.default('2025-01-01').describe('"now" of the data'),
  defaults: z.strictObject({ null_frac: share().optional() }).default({}),
  tables: z.record(z.string(), table).default({}),
});

export type DatasetFile = z.output<typeof datasetDefinition>;
export type TableEntry = z.output<typeof table>;
export type ColumnEntry = z.output<typeof column>;
export type ValueEntry = z.output<typeof valueDefinition>;
export type FanOutEntry = z.output<typeof fanout>;
export type DistributionEntry = z.output<typeof distribution>;
export type LagEntry = z.output<typeof lag>;

/** For editors: the JSON Schema of a dataset file. */
export function datasetJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(datasetDefinition, { io: 'input' });
}
