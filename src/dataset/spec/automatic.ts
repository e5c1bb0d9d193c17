import { MICROSECONDS_PER_DAY, MICROSECONDS_PER_YEAR } from '../calendar.ts';
import {
  isInteger,
  isNumber,
  isTime,
  type ColumnType,
  type RangeType,
  type ScalarType,
} from '../column-type.ts';
import { microsecondsPerUnit, unitsPerOne } from '../cells/numbers.ts';
import type { Generator, RangeGenerator } from '../generator.ts';
import { literal } from '../literal.ts';
import { match, type Cases } from '../match.ts';
import { textsMatching } from '../pattern-texts.ts';

import { choiceByName, isCreationTime, isLaterTime, isMoney, textByName } from './by-name.ts';
import type { ColumnDraft } from './draft.ts';
import { typeRange } from './limits.ts';

export interface Surroundings {
  readonly refDate: number;
  /** The only column of the primary key, or the `id` in a longer one. */
  readonly isKey: boolean;
  /** All columns of the table. */
  readonly columns: readonly ColumnDraft[];
}

/** Three years up to the reference date, unless checks or partitions say otherwise. */
const SPAN = 3 * MICROSECONDS_PER_YEAR;

/** A generator for a column without an entry: from its constraints, then its name, then its type. */
export function automaticGenerator(column: ColumnDraft, around: Surroundings): Generator<string> {
  const { type, limits, filler } = column;
  const fixed = allowedValues(column);
  if (fixed !== undefined) return fixed;
  if (isNumber(type) && (filler.kind === 'sequence' || (around.isKey && isInteger(type)))) {
    return { kind: 'sequence', start: limits.min ?? 1, step: 1 };
  }
  if (type.kind === 'record')
    return { kind: 'record', fields: type.fields.map((field) => byType(column, field.type, around)) };
  return type.kind === 'array'
    ? { kind: 'array', of: byType(column, type.element, around), length: { min: 0, max: 3, mean: undefined } }
    : byType(column, type, around);
}

/** CHECK (x IN (…)), the labels of an enum, or a constant default of a text that no name explains. */
function allowedValues(column: ColumnDraft): Generator<string> | undefined {
  const { type, limits } = column;
  if (limits.values !== undefined) {
    const values = limits.values.flatMap((value) => {
      const read = literal(type, value);
      return read.ok ? [read.value] : [];
    });
    if (values.length > 0) return evenChoice(values);
  }
  if (type.kind === 'enum') return evenChoice(type.labels);
  const texts = type.kind === 'text' ? patternTexts(limits) : undefined;
  if (texts !== undefined) return evenChoice(texts);
  return constantText(column);
}

function patternTexts({ pattern, longest = 1_000 }: ColumnDraft['limits']): readonly string[] | undefined {
  return pattern === undefined ? undefined : textsMatching(pattern, PATTERN_TEXTS, longest);
}

function constantText({ type, filler, name }: ColumnDraft): Generator<string> | undefined {
  if (
    filler.kind !== 'constant' ||
    filler.value === null ||
    type.kind !== 'text' ||
    textByName(name) !== undefined
  )
    return undefined;
  const read = literal(type, filler.value);
  return read.ok ? { kind: 'constant', value: read.value } : undefined;
}

/** Texts that are made for a regular expression. */
const PATTERN_TEXTS = 2_000;

const evenChoice = (values: Extract<Generator<string>, { kind: 'choice' }>['values']): Generator<string> => ({
  kind: 'choice',
  values,
  weights: values.map(() => 1),
});

interface Choosing {
  readonly column: ColumnDraft;
  readonly around: Surroundings;
}

const byType = (column: ColumnDraft, type: ScalarType, around: Surroundings): Generator<string> =>
  match(type, BY_TYPE, { column, around });

const number = (type: ScalarType, { column }: Choosing): Generator<string> => numberByName(column, type);
const time = (_: ScalarType, { column, around }: Choosing): Generator<string> => timeByName(column, around);
const json = (): Generator<string> => ({ kind: 'json', template: SMALL_OBJECT });
const address = (): Generator<string> => ({ kind: 'inet' });

const BY_TYPE: Cases<ScalarType, Choosing, Generator<string>> = {
  int2: number,
  int4: number,
  int8: number,
  numeric: number,
  float4: number,
  float8: number,
  bool: (_, { column: { filler } }) => ({
    kind: 'boolean',
    share: filler.kind === 'constant' ? (filler.value === true ? 0.9 : 0.1) : 0.5,
  }),
  text: (_, { column, around }) => textGenerator(column, around.refDate),
  uuid: () => ({ kind: 'uuid', version: 4, from: 0, to: 0 }),
  date: time,
  timestamp: time,
  timestamptz: time,
  time: () => ({ kind: 'number', min: 0, max: MICROSECONDS_PER_DAY - 1, shape: { kind: 'uniform' } }),
  interval: () => ({ kind: 'number', min: 0, max: 2 * MICROSECONDS_PER_DAY, shape: { kind: 'uniform' } }),
  json,
  jsonb: json,
  enum: ({ labels }) => evenChoice(labels),
  bytea: () => ({ kind: 'bytes', min: 8, max: 64 }),
  inet: address,
  cidr: address,
  special: ({ name, modifier }) => ({ kind: 'special', name, modifier }),
  range: (type, { around }) => automaticRange(type, around.refDate),
};

/** Bounds of a range: times of a year up to the reference date, lengths up to three days; else numbers. */
export function automaticRange({ subtype }: RangeType, refDate: number): RangeGenerator<string> {
  const isClock = subtype.kind === 'timestamp' || subtype.kind === 'timestamptz';
  if (isClock || subtype.kind === 'date') {
    const of = { ...FLAT_SERIES, from: refDate - MICROSECONDS_PER_YEAR, to: refDate } as const;
    const day = isClock ? MICROSECONDS_PER_DAY : 1;
    return { kind: 'range', of, min: isClock ? day / 24 : 1, max: 3 * day, disjoint: false };
  }
  const of = { kind: 'number', min: 0, max: 100_000, shape: { kind: 'uniform' } } as const;
  return { kind: 'range', of, min: 1, max: 100, disjoint: false };
}

const FLAT_SERIES = {
  kind: 'series',
  growth: 0,
  jitter: undefined,
  rhythm: { daily: 'flat', weekly: 'flat' },
} as const;

const SMALL_OBJECT: Extract<Generator<string>, { kind: 'json' }>['template'] = {
  kind: 'object',
  entries: [
    {
      key: 'tag',
      value: {
        kind: 'value',
        type: { kind: 'text', name: 'text', max: undefined },
        nullFrac: 0,
        generator: { kind: 'text', length: { kind: 'words', min: 1, max: 2 }, max: undefined, unique: false },
      },
    },
    {
      key: 'count',
      value: {
        kind: 'value',
        type: { kind: 'int4' },
        nullFrac: 0,
        generator: { kind: 'number', min: 0, max: 1_000, shape: { kind: 'uniform' } },
      },
    },
  ],
};

function numberByName({ name, limits }: ColumnDraft, type: ColumnType): Generator<string> {
  const [lowest, highest] = typeRange(type);
  const min = Math.max(lowest, limits.min ?? Math.min(0, limits.max ?? 0));
  const usual = Math.max(min, min + (unitsPerOne(type) === 1 ? 1_000 : 999));
  if (isMoney(name)) {
    return {
      kind: 'number',
      min: Math.max(min, limits.min ?? 1),
      max: limits.max ?? highest,
      shape: { kind: 'log_normal', mu: 3.5, sigma: 0.8 },
    };
  }
  return { kind: 'number', min, max: Math.min(highest, limits.max ?? usual), shape: { kind: 'uniform' } };
}

function textGenerator(column: ColumnDraft, refDate: number): Generator<string> {
  const { shortest, longest: max } = column.limits;
  if (shortest > 1) return textOfWidth(shortest, max);
  if (max !== undefined && max < 8 && !/country_code|currency/.test(column.name))
    return { kind: 'code', max };
  return fewTexts(column) ?? namedText(column, refDate);
}

/** Twenty characters more than the shortest, where that many are allowed. */
function textOfWidth(shortest: number, max: number | undefined): Generator<string> {
  const width = Math.max(shortest, Math.min(max ?? Infinity, shortest + 20));
  return { kind: 'text', length: { kind: 'width', p50: width, p95: width, max: width }, max, unique: false };
}

function fewTexts({ name, limits }: ColumnDraft): Generator<string> | undefined {
  const choice = choiceByName(name);
  return choice?.values.every((value) => String(value).length <= (limits.longest ?? Infinity)) === true
    ? choice
    : undefined;
}

function namedText({ name, limits: { longest: max } }: ColumnDraft, refDate: number): Generator<string> {
  const found = textByName(name) ?? { words: [2, 6] };
  if ('method' in found) return { kind: 'faker', method: found.method, max, unique: false, refDate };
  if ('code' in found) return { kind: 'code', max };
  const [least, most] = found.words;
  return { kind: 'text', length: { kind: 'words', min: least, max: most }, max, unique: false };
}

/** `updated_at` follows `created_at`; other times grow with the row. */
function timeByName(column: ColumnDraft, { refDate, columns }: Surroundings): Generator<string> {
  const { name, limits } = column;
  const base =
    limits.notBefore ??
    (isLaterTime(name) ? columns.find((one) => isCreationTime(one.name))?.name : undefined);
  const isBase = columns.some(
    (one) => one.name === base && one.name !== name && isTime(one.type) && one.limits.notBefore !== name,
  );
  if (base !== undefined && isBase && limits.min === undefined && limits.max === undefined) {
    return {
      kind: 'after',
      base: `${column.table}.${base}`,
      lag: { kind: 'exponential', mean: 2 * MICROSECONDS_PER_DAY },
    };
  }
  const [from, to] = timeSpan(limits, microsecondsPerUnit(column.type), refDate);
  return { ...FLAT_SERIES, from, to };
}

/** The end is exclusive, the limits are not. */
function timeSpan(
  { min, max }: ColumnDraft['limits'],
  grain: number,
  refDate: number,
): readonly [number, number] {
  if (max !== undefined) return [min ?? max + grain - SPAN, max + grain];
  if (min === undefined) return [refDate - SPAN, refDate];
  return [min, min < refDate ? refDate : min + SPAN];
}
