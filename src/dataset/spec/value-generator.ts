import type { ValueEntry } from '../definition.ts';
import { isInteger, isNumber, isTime, typeName, type ColumnType } from '../column-type.ts';
import { fakerLiteral } from '../cells/faker.ts';
import { densities } from '../curve.ts';
import { fakerMethod, fakerMethods, fakerPool } from '../faker-pool.ts';
import type { TextLength, Value } from '../generator.ts';
import { literal } from '../literal.ts';

import { nearest, type Context, type Report } from './context.ts';
import { readDistribution } from './distribution.ts';
import { parseMoment, parseSpan } from './moment.ts';
import { numberGenerator } from './number-generator.ts';
import type { Made, Make, ValueTarget } from './value-maker.ts';

/** The generators that may stand in a column, a JSON template or an array. */
export const VALUE_GENERATORS = [
  'sequence',
  'int',
  'numeric',
  'float',
  'boolean',
  'uuid',
  'text',
  'faker',
  'values',
  'series',
  'bytes',
  'inet',
  'interval',
] as const;
export type ValueGeneratorName = (typeof VALUE_GENERATORS)[number];

/** Undefined after an issue was reported. */
export function valueGenerator(
  name: ValueGeneratorName,
  entry: ValueEntry,
  target: ValueTarget,
  context: Context,
): Made {
  const { accepts, what } = ACCEPTED[name];
  if (!accepts(target.type)) {
    context.report(
      [name],
      `${name} makes ${what}, but the column is ${typeName(target.type)}`,
      generatorHint(target.type),
    );
    return undefined;
  }
  return MAKERS[name](entry, target, context);
}

const ACCEPTED: Readonly<
  Record<ValueGeneratorName, { readonly accepts: (type: ColumnType) => boolean; readonly what: string }>
> = {
  sequence: { accepts: (type) => isInteger(type) || type.kind === 'numeric', what: 'whole numbers' },
  int: { accepts: isNumber, what: 'numbers' },
  numeric: { accepts: isNumber, what: 'numbers' },
  float: { accepts: isNumber, what: 'numbers' },
  boolean: { accepts: (type) => type.kind === 'bool', what: 'true and false' },
  uuid: {
    accepts: (type) => type.kind === 'uuid' || (type.kind === 'text' && (type.max ?? 36) >= 36),
    what: 'UUIDs',
  },
  text: { accepts: (type) => type.kind === 'text', what: 'text' },
  faker: { accepts: (type) => type.kind !== 'array', what: 'single values' },
  values: { accepts: (type) => type.kind !== 'array', what: 'single values' },
  series: { accepts: isTime, what: 'times' },
  bytes: { accepts: (type) => type.kind === 'bytea', what: 'bytes' },
  inet: { accepts: (type) => type.kind === 'inet' || type.kind === 'cidr', what: 'addresses' },
  interval: { accepts: (type) => type.kind === 'interval' || type.kind === 'time', what: 'lengths of time' },
};

/** What fits a type instead. */
export function generatorHint(type: ColumnType): string {
  const fitting = VALUE_GENERATORS.filter((name) => ACCEPTED[name].accepts(type));
  const special =
    type.kind === 'array' ? ['array'] : type.kind === 'json' || type.kind === 'jsonb' ? ['json'] : [];
  return `fitting here: ${[...special, ...fitting, 'value'].join(', ')}`;
}

const MAKERS: Readonly<Record<ValueGeneratorName, Make>> = {
  sequence: ({ sequence }) =>
    sequence === true
      ? { kind: 'sequence', start: 1, step: 1 }
      : { kind: 'sequence', start: 1, step: 1, ...sequence },
  int: numberGenerator('int'),
  numeric: numberGenerator('numeric'),
  float: numberGenerator('float'),
  boolean: ({ boolean = 0.5 }) => ({ kind: 'boolean', share: boolean }),
  uuid: ({ uuid }, _, { refDate }) => ({
    kind: 'uuid',
    version: uuid === 'v7' ? 7 : 4,
    from: refDate - 94_672_800_000_000,
    to: refDate,
  }),
  text: textGenerator,
  faker: fakerGenerator,
  values: choiceGenerator,
  series: seriesGenerator,
  bytes: ({ bytes = 16 }, _, { report }) => {
    const { min, max } = typeof bytes === 'number' ? { min: bytes, max: bytes } : bytes;
    if (min <= max) return { kind: 'bytes', min, max };
    report(['bytes'], `expected min ≤ max, found ${min} and ${max}`);
    return undefined;
  },
  inet: () => ({ kind: 'inet' }),
  interval: ({ interval }, _, { report }) => {
    const [min, max] = (interval?.range ?? []).map((span) => parseSpan(span) ?? 0);
    if (min !== undefined && max !== undefined && min <= max)
      return { kind: 'number', min, max, shape: { kind: 'uniform' } };
    report(['interval', 'range'], `expected [shortest, longest], found ${String(interval?.range)}`);
    return undefined;
  },
};

function textGenerator({ text = {} }: ValueEntry, { limits }: ValueTarget, { report }: Context): Made {
  const max = limits?.longest;
  if (text.width !== undefined && text.words !== undefined) {
    report(['text'], 'expected one of width and words, found both');
    return undefined;
  }
  const length = textLength(text);
  if (length.kind === 'words') {
    if (length.min <= length.max) return { kind: 'text', length, max, unique: false };
    report(['text', 'words'], `expected [fewest, most], found [${length.min}, ${length.max}]`);
    return undefined;
  }
  if (length.p50 <= length.p95 && length.p95 <= length.max)
    return { kind: 'text', length, max, unique: false };
  report(['text', 'width'], `expected p50 ≤ p95 ≤ max, found ${length.p50}, ${length.p95}, ${length.max}`);
  return undefined;
}

function textLength({ width, words }: NonNullable<ValueEntry['text']>): TextLength {
  if (words !== undefined)
    return typeof words === 'number'
      ? { kind: 'words', min: words, max: words }
      : { kind: 'words', min: words[0], max: words[1] };
  if (width === undefined) return { kind: 'words', min: 2, max: 6 };
  if (typeof width === 'number') return { kind: 'width', p50: width, p95: width, max: width };
  const p95 = width.p95 ?? Math.min(width.p50 * 3, width.max ?? Infinity);
  return { kind: 'width', p50: width.p50, p95, max: width.max ?? p95 * 4 };
}

function fakerGenerator(
  { faker: method = '' }: ValueEntry,
  { type, limits }: ValueTarget,
  { refDate, report }: Context,
): Made {
  if (fakerMethod(method) === undefined) {
    report(
      ['faker'],
      `faker has no method ${JSON.stringify(method)} that works without arguments`,
      nearest(method, fakerMethods()),
    );
    return undefined;
  }
  const max = limits?.longest;
  // Text takes every value.
  const samples = type.kind === 'text' ? 0 : 256;
  const wrong = fakerPool(method, 0, refDate, samples).find(
    (value) => fakerLiteral(value, type, max) === undefined,
  );
  if (wrong !== undefined) {
    report(
      ['faker'],
      `faker's ${method} gives values such as ${JSON.stringify(String(wrong))}, but the column is ${typeName(type)}`,
      generatorHint(type),
    );
    return undefined;
  }
  return { kind: 'faker', method, max, unique: false, refDate };
}

function choiceGenerator(
  { values = [], distribution }: ValueEntry,
  { type }: ValueTarget,
  { report }: Context,
): Made {
  const written: readonly (readonly [unknown, number])[] = Array.isArray(values)
    ? values.map((value) => [value, 1])
    : Object.entries(values);
  const read = written.map(([value, weight], index) => {
    const value1 = literal(type, value);
    const key = Array.isArray(values) ? index : String(value);
    if (!value1.ok)
      report(
        ['values', key],
        `expected ${value1.expected}, found ${JSON.stringify(value)}`,
        type.kind === 'enum' ? nearest(String(value), type.labels) : undefined,
      );
    return value1.ok ? { value: value1.value, weight } : undefined;
  });
  const choices = read.filter((one): one is { value: Value; weight: number } => one !== undefined);
  if (choices.length < read.length) return undefined;
  if (choices.every(({ weight }) => weight === 0)) {
    report(['values'], 'expected at least one weight above 0');
    return undefined;
  }
  return {
    kind: 'choice',
    values: choices.map(({ value }) => value),
    weights:
      distribution === undefined
        ? choices.map(({ weight }) => weight)
        : [...densities(readDistribution(distribution), choices.length)],
  };
}

function seriesGenerator({ series }: ValueEntry, _: ValueTarget, { refDate, report }: Context): Made {
  if (series === undefined) return undefined;
  const from = momentAt(['series', 'from'], series.from, refDate, report);
  const to = momentAt(['series', 'to'], series.to, refDate, report);
  if (from === undefined || to === undefined) return undefined;
  if (from >= to) {
    report(['series'], `expected from before to, found ${series.from} and ${series.to}`);
    return undefined;
  }
  return {
    kind: 'series',
    from,
    to,
    growth: series.growth ?? 0,
    jitter: series.jitter === undefined ? undefined : parseSpan(series.jitter),
    rhythm: { daily: series.daily ?? 'flat', weekly: series.weekly ?? 'flat' },
  };
}

function momentAt(
  path: readonly string[],
  text: string,
  refDate: number,
  report: Report,
): number | undefined {
  const read = parseMoment(text, refDate);
  if (read === undefined)
    report(path, `expected a date, a time, ref_date, or a span such as -3y, found ${JSON.stringify(text)}`);
  return read;
}
