import { formatCount } from '../../units.ts';
import { orderedSources } from '../cells/ordered.ts';
import { sharesOf } from '../cells/indexed.ts';
import { specialValues } from '../special/special.ts';
import { microsecondsPerUnit, unitsPerOne } from '../cells/numbers.ts';
import { INTEGER_RANGES, isInteger, typeName, type ColumnType } from '../column-type.ts';
import { densities } from '../curve.ts';
import type { Generator } from '../generator.ts';
import { match, type Cases } from '../match.ts';
import type { Place, ResolvedColumn } from '../model.ts';
import { countOfNulls } from '../nulls.ts';
import { correlationOfRanks, statisticsCorrelation } from '../rank-order.ts';
import { generatorCell, scopeOf } from '../sampler.ts';

import { complain, type Resolving } from './resolving.ts';

/** Values whose weights are kept in a table: 8 MB. */
const MOST_WEIGHTED = 2 ** 20;

/** The column, if its values can be as many and in such an order as the file asks; else as if it did not ask. */
export function checkArrangement(column: ResolvedColumn, at: Place, resolving: Resolving): ResolvedColumn {
  const { generator, rows, nullFrac } = column;
  if (generator.kind !== 'indexed' || rows === 0) return column;
  const { distinct } = generator;
  const present = rows - countOfNulls(nullFrac, rows);
  const message =
    (distinct === undefined ? undefined : wrongCount(column, { distinct, present, of: generator.of })) ??
    wrongOrder(column, distinct ?? present);
  if (message === undefined) return column;
  complain(column.table, { ...at, message }, resolving);
  return { ...column, generator: generator.of };
}

interface Count {
  readonly distinct: number;
  /** Rows that are not NULL. */
  readonly present: number;
  readonly of: Generator<ResolvedColumn>;
}

function wrongCount(column: ResolvedColumn, { distinct, present, of }: Count): string | undefined {
  const what = `${column.table}.${column.name} is to have ${formatCount(distinct)} different values`;
  if (distinct > present)
    return `${what}, but only ${formatCount(present)} of its ${formatCount(column.rows)} rows are not NULL`;
  const most = valuesOf(of, column.type);
  if (most === undefined || distinct <= most.count) return undefined;
  return `${what}, but ${most.reason} only ${formatCount(most.count)}`;
}

interface Most {
  readonly count: number;
  readonly reason: string;
}

/** How many different values a generator has; undefined: more than any table. */
const valuesOf = (of: Generator<ResolvedColumn>, type: ColumnType): Most | undefined =>
  match(of, VALUES, type);

const many = (): undefined => undefined;

const VALUES: Cases<Generator<ResolvedColumn>, ColumnType, Most | undefined> = {
  number: ({ min, max }, type) => {
    if (type.kind === 'float4' || type.kind === 'float8') return undefined;
    const unit = unitsPerOne(type);
    const count = Math.floor(max * unit) - Math.ceil(min * unit) + 1;
    return { count, reason: `from ${min} to ${max} ${typeName(type)} has` };
  },
  series: ({ from, to }, type) => ({
    count: Math.floor((to - from) / microsecondsPerUnit(type)),
    reason: `${typeName(type)} has in the span of the series`,
  }),
  permuted: ({ min, max }) => ({ count: max - min + 1, reason: `there are from ${min} to ${max}` }),
  reference: ({ key }) => ({ count: key.rows, reason: `${key.table} has` }),
  special: ({ name, modifier }, type) => ({
    count: specialValues(name, modifier),
    reason: `${typeName(type)} has`,
  }),
  boolean: () => ({ count: 2, reason: 'a boolean has' }),
  'distinct-choice': ({ values }) => ({ count: values.length, reason: 'the list has' }),
  constant: () => ({ count: 1, reason: 'a constant has' }),
  code: ({ max = 9 }) => ({ count: 36 ** Math.min(max, 9), reason: `${max} characters give` }),
  sequence: ({ start, step }, type) =>
    isInteger(type) && step > 0
      ? {
          count: Math.floor((INTEGER_RANGES[type.kind][1] - start) / step) + 1,
          reason: `from ${start} on ${typeName(type)} has`,
        }
      : undefined,
  inet: () => ({ count: 2 ** 24, reason: '10.0.0.0/8 has' }),
  uuid: many,
  choice: many,
  faker: many,
  text: many,
  bytes: many,
  after: many,
  json: many,
  array: many,
  ordinal: many,
  range: many,
  record: many,
  branch: many,
  indexed: many,
};

function wrongOrder(column: ResolvedColumn, values: number): string | undefined {
  const { generator, name, table } = column;
  if (generator.kind !== 'indexed') return undefined;
  const { correlation, distribution } = generator;
  if (correlation === undefined) return undefined;
  if (distribution.kind !== 'uniform' && values > MOST_WEIGHTED)
    return `${table}.${name} is to have a correlation of ${correlation} and ${formatCount(values)} values of uneven weight; both together go up to ${formatCount(MOST_WEIGHTED)} values`;
  const scope = { ...scopeOf(column), rows: values };
  const sources = orderedSources(generator.of, {
    scope,
    make: generatorCell,
    distinct: generator.distinct !== undefined,
  });
  const weights = distribution.kind === 'uniform' ? sources.weights : densities(distribution, sources.count);
  const shares = sharesOf(sources, weights);
  if (correlationOfRanks(correlation, shares) !== undefined) return undefined;
  return `${table}.${name} is to have a correlation of ${correlation}, but ${sources.count} different values have at least ${statisticsCorrelation(-1, shares).toFixed(2)}, because PostgreSQL counts equal values as growing with their place`;
}
