import { z } from 'zod';

import { count, number } from '../document/index.ts';

import { EXPECTATION } from './expectation.ts';

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

/** As PostgreSQL's pg_stats counts: 40 is forty different values at any scale, -0.2 as many as a fifth of the rows. */
const distinctCount = () =>
  number().refine((value) => value >= 1 || (value >= -1 && value < 0), {
    error: 'expected a number of values from 1 on, or a share of the rows from -1 to below 0',
  });

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
  bytes: z
    .union([
      count({ min: 1, max: 1_000_000 }),
      z.strictObject({ min: count(), max: count({ max: 1_000_000 }) }),
    ])
    .optional()
    .describe('bytes of a bytea'),
  inet: z.literal(true).optional().describe('addresses in 10.0.0.0/8'),
  interval: z
    .strictObject({ range: z.tuple([span, span]).default(['0s', '2d']) })
    .optional()
    .describe('lengths of time'),
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
      daily: z.enum(['flat', 'business']).optional().describe('business: most by day, little at night (UTC)'),
      weekly: z.enum(['flat', 'business']).optional().describe('business: half as much at the weekend'),
    })
    .optional()
    .describe('times that grow with the row number'),
  null_frac: share().optional().describe('share of NULL'),
  distribution: distribution
    .optional()
    .describe('how uneven: of the keys that `ref` draws, of the values, or of the numbers in a range'),
  n_distinct: distinctCount()
    .optional()
    .describe('different values: 40 at any scale, or -0.2 for a fifth of the rows'),
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

const rangeShape = z
  .strictObject({
    of: valueDefinition.default({}).describe('of the lower bound; without a word by the type'),
    length: z
      .union([
        span,
        number({ min: 0 }),
        z.tuple([span, span]),
        z.tuple([number({ min: 0 }), number({ min: 0 })]),
      ])
      .optional()
      .describe('how far apart the bounds are: 2h, or [1h, 3d]'),
    disjoint: z.boolean().optional().describe('no two ranges of the table overlap'),
  })
  .describe('a range type: lower bound and length');

const lag = z.union([
  span,
  z.strictObject({ exponential: span }),
  z.strictObject({ uniform: z.tuple([span, span]) }),
]);

const column = z.strictObject({
  ...plainGenerators,
  ref: text.optional().describe('a key of another table: customers.id'),
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
  range: rangeShape.optional(),
  correlation: number({ min: -1, max: 1 })
    .optional()
    .describe('of the values with their place in the table, as pg_stats has it'),
  value: z.unknown().optional().describe('the same in every row; null is allowed'),
  default: z.literal(true).optional().describe('left to the column’s DEFAULT'),
  unique: z.boolean().optional(),
});

const fanout = z.strictObject({
  mean: number({ above: 0 }).describe('rows for one row of the parent'),
  min: count().optional().describe('rows that a parent with any rows has at least'),
  distribution: distribution.optional().describe('how unevenly; uniform: all alike'),
  childless: number({ min: 0, max: 0.999 }).optional().describe('share of the parents without rows'),
  max: count({ min: 1 }).optional().describe('rows that a parent has at most'),
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
  references: z
    .array(
      z.strictObject({
        column: text,
        to: text.describe('a key: orders.id'),
        when: z.record(z.string(), scalar).optional().describe('the other column and its value in such rows'),
        share: number({ above: 0 }).optional(),
      }),
    )
    .optional()
    .describe('a column that refers to keys of several tables, told apart by another column'),
});

const storage = z
  .strictObject({
    dead_tuples: number({ min: 0, max: 0.9 }).optional().describe('share of all tuples'),
    free_space: number({ min: 0, max: 0.9 }).optional().describe('share of each page'),
    fillfactor: count({ min: 10, max: 100 }).optional().describe('per cent'),
    statistics_target: count({ min: 1, max: 10_000 }).optional(),
  })
  .describe('physical state');

/** `10_000_000 ±1%`, `0.98 ±0.02`, `>= 0.95`. */
const expectation = z
  .union([
    z.number(),
    z.string().regex(EXPECTATION, { error: 'expected a number, “0.98 ±0.02”, “1000 ±1%” or “>= 0.95”' }),
  ])
  .describe('a number, “0.98 ±0.02”, “1000 ±1%”, “>= 0.95”');
const ofColumns = z.record(z.string(), expectation).optional();

const expected = z.strictObject({
  rows: expectation.optional(),
  all_visible: expectation.optional(),
  dead_tuples: expectation.optional(),
  correlation: ofColumns,
  null_frac: ofColumns,
  n_distinct: ofColumns,
  avg_width: ofColumns,
});

export const datasetDefinition = z.strictObject({
  version: z.literal(1).optional(),
  name: text.optional(),
  seed: count().default(42),
  schema: z.union([text, z.strictObject({ from: text })]).describe('SQL file that creates the tables'),
  ref_date: text.default('2025-01-01').describe('"now" of the data'),
  defaults: z.strictObject({ null_frac: share().optional() }).default({}),
  tables: z.record(z.string(), table).default({}),
  storage: z
    .record(z.string(), storage)
    .optional()
    .describe('by table; `default` is for all that are not named'),
  expect: z.record(z.string(), expected).optional().describe('by table: what must be so after loading'),
});

export type DatasetFile = z.output<typeof datasetDefinition>;
export type TableEntry = z.output<typeof table>;
export type ColumnEntry = z.output<typeof column>;
export type ValueEntry = z.output<typeof valueDefinition>;
export type FanOutEntry = z.output<typeof fanout>;
export type DistributionEntry = z.output<typeof distribution>;
export type RangeEntry = z.output<typeof rangeShape>;
export type StorageEntry = z.output<typeof storage>;
export type ExpectEntry = z.output<typeof expected>;
export type ExpectationEntry = z.output<typeof expectation>;
export type LagEntry = z.output<typeof lag>;

/** For editors: the JSON Schema of a dataset file. */
export function datasetJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(datasetDefinition, { io: 'input' });
}
