import { didYouMean } from '../document/index.ts';
import { Failure } from '../errors.ts';
import { parseDuration, parseNumber } from '../units.ts';

import { AGGREGATES, metricOf, type MetricUnit } from './metric.ts';
import {
  COMPARISONS,
  type Aggregate,
  type Comparison,
  type Condition,
  type Limit,
  type Quantity,
  type Selector,
} from './threshold.ts';

const CONDITION = /^\s*([a-z][\w.]*)\s*(?:\(\s*([^()]*?)\s*\))?\s*([<>=!]+)\s*(.*?)\s*$/;

/** `p(99) < 1s`, and whether that can be said about the metric. Throws `Failure('usage')`. */
export function parseCondition(text: string, selector: Selector): Condition {
  const [, name, argument, sign = '', limit = ''] = CONDITION.exec(text) ?? [];
  if (name === undefined) {
    throw new Failure('usage', {
      message: `expected a condition such as p(99) < 1s, found ${JSON.stringify(text)}`,
      hint: 'an aggregate, a comparison and a limit: p(99) < 1s, max < 2s, rate < 0.1%, count == 0',
    });
  }
  const aggregate = parseAggregate(name, argument);
  const comparison = parseComparison(sign);
  const parsed = parseLimit(limit, unitOf(selector, aggregate), selector);
  if (aggregate.kind === 'rate') requireShare(parsed, limit);
  return { aggregate, comparison, limit: parsed };
}

/** More than all can never be. */
function requireShare(limit: Limit, written: string): void {
  if (limit.kind !== 'fixed') return;
  const { unit, value } = limit.quantity;
  if (value <= (unit === '%' ? 100 : 1)) return;
  const hint = unit === '%' || value > 100 ? 'for example  rate < 0.1%' : `did you mean ${written.trim()}%?`;
  throw new Failure('usage', { message: `a share is at most 100%, found ${written.trim()}`, hint });
}

function parseAggregate(name: string, argument: string | undefined): Aggregate {
  if (name === 'p') return { kind: 'percentile', percent: parsePercent(argument ?? '') };
  const kind = AGGREGATES.find((known) => known === name);
  if (kind === undefined || kind === 'percentile' || argument !== undefined) {
    throw new Failure('usage', {
      message: `there is no aggregate ${JSON.stringify(argument === undefined ? name : `${name}(${argument})`)}`,
      hint: /^p[\d.]+$/.test(name)
        ? `did you mean p(${name.slice(1)})?`
        : (didYouMean(name, ['p(99)', 'max', 'avg', 'rate', 'count']).hint ?? ''),
    });
  }
  return { kind };
}

function parsePercent(text: string): number {
  const percent = parseNumber(text);
  if (percent !== undefined && percent > 0 && percent <= 100) return percent;
  throw new Failure('usage', {
    message: `a percentile lies above 0 and up to 100, found ${JSON.stringify(text)}`,
    hint: 'write p(99) or p(99.9)',
  });
}

function parseComparison(sign: string): Comparison {
  const comparison = COMPARISONS.find((known) => known === sign);
  if (comparison !== undefined) return comparison;
  throw new Failure('usage', {
    message: `there is no comparison ${JSON.stringify(sign)}`,
    hint: /^={1,3}$/.test(sign) ? 'did you mean ==?' : `one of: ${COMPARISONS.join(' ')}`,
  });
}

function unitOf({ metric }: Selector, { kind }: Aggregate): MetricUnit {
  const { aggregates } = metricOf(metric);
  const unit = aggregates[kind];
  if (unit !== undefined) return unit;
  const known = AGGREGATES.filter((aggregate) => aggregate in aggregates).map(spelled);
  throw new Failure('usage', {
    message: `the metric ${metric} has no ${spelled(kind)}`,
    hint: `it has: ${known.join(', ')}`,
  });
}

const spelled = (kind: Aggregate['kind']): string => (kind === 'percentile' ? 'p(x)' : kind);

function parseLimit(text: string, unit: MetricUnit, selector: Selector): Limit {
  const [, first, second] = /^max\(([^,()]*),([^,()]*)\)$/.exec(text) ?? [];
  if (first !== undefined && second !== undefined) {
    const factor = parseMultiple(first, selector) ?? parseMultiple(second, selector);
    const other = parseMultiple(first, selector) === undefined ? first : second;
    if (factor !== undefined) return { kind: 'baseline', factor, atLeast: parseQuantity(other.trim(), unit) };
  }
  const factor = parseMultiple(text, selector);
  if (factor !== undefined) return { kind: 'baseline', factor, atLeast: undefined };
  return { kind: 'fixed', quantity: parseQuantity(text, unit) };
}

function parseMultiple(text: string, { metric, labels }: Selector): number | undefined {
  const [whole, digits = '1'] = /^(?:(\S+?)\s*\*\s*)?baseline$/.exec(text.trim()) ?? [];
  const factor = parseNumber(digits);
  if (whole === undefined || factor === undefined) return undefined;
  if (labels.phase !== undefined && labels.phase !== 'baseline') return factor;
  throw new Failure('usage', {
    message: `a limit relative to the baseline needs another phase to compare with it`,
    hint: metricOf(metric).labels.includes('phase')
      ? `for example  ${metric}{phase:migration}`
      : `${metric} has no phases`,
  });
}

function parseQuantity(text: string, unit: MetricUnit): Quantity {
  switch (unit) {
    case 'duration':
      return parseDurationLimit(text);
    case 'share':
      return parseShare(text);
    case 'count':
      return { unit: 'none', value: numberOr(text, 'a count such as 0 or 100') };
  }
}

function parseDurationLimit(text: string): Quantity {
  if (parseNumber(text) !== undefined) {
    throw new Failure('usage', {
      message: `expected a duration such as 500ms or 10 * baseline, found ${JSON.stringify(text)}`,
      hint: `did you mean ${text}ms?`,
    });
  }
  return { unit: 'ms', value: parseDuration(text) };
}

function parseShare(text: string): Quantity {
  const [, digits] = /^(\S*?)\s*%$/.exec(text) ?? [];
  const expected = 'a share such as 0.1% or 0.001';
  if (digits !== undefined) return { unit: '%', value: numberOr(digits, expected) };
  return { unit: 'none', value: numberOr(text, expected) };
}

function numberOr(text: string, expected: string): number {
  const value = parseNumber(text);
  if (value !== undefined && value >= 0) return value;
  throw new Failure('usage', { message: `expected ${expected}, found ${JSON.stringify(text)}` });
}
