import type { Path } from '../../document/index.ts';
import { microsecondsPerUnit, unitsPerOne } from '../cells/numbers.ts';
import type { ColumnEntry, LagEntry, RangeEntry, ValueEntry } from '../definition.ts';
import { isNumber, isTime, typeName, type ColumnType, type ScalarType } from '../column-type.ts';
import type { Generator, Lag } from '../generator.ts';
import { literal } from '../literal.ts';

import { arranged } from './arranged.ts';
import { automaticGenerator, automaticRange } from './automatic.ts';
import { nearest, type Context } from './context.ts';
import { readDistribution } from './distribution.ts';
import type { ColumnDraft } from './draft.ts';
import { jsonTemplate } from './json-template.ts';
import { parseSpan } from './moment.ts';
import { generatorHint, VALUE_GENERATORS, valueGenerator } from './value-generator.ts';

const COLUMN_GENERATORS = [...VALUE_GENERATORS, 'ref', 'after', 'json', 'array', 'range', 'value'] as const;
type ColumnGeneratorName = (typeof COLUMN_GENERATORS)[number];

/** What an entry says about the generator of its column. */
export type EntryGenerator =
  | { readonly kind: 'generator'; readonly generator: Generator<string> }
  /** Nothing: it is chosen as for a column without an entry. */
  | { readonly kind: 'automatic' }
  /** Issues were reported. */
  | { readonly kind: 'wrong' };

export function entryGenerator(entry: ColumnEntry, column: ColumnDraft, context: Context): EntryGenerator {
  const names = COLUMN_GENERATORS.filter((name) => name in entry && entry[name] !== undefined);
  const [name, second] = names;
  if (name === undefined) return { kind: 'automatic' };
  if (second !== undefined) {
    context.report([second], `expected one generator, found ${names.join(' and ')}`);
    return { kind: 'wrong' };
  }
  const generator = makeGenerator(name, entry, column, context);
  return generator === undefined ? { kind: 'wrong' } : { kind: 'generator', generator };
}

function makeGenerator(
  name: ColumnGeneratorName,
  entry: ColumnEntry,
  column: ColumnDraft,
  context: Context,
): Generator<string> | undefined {
  const own = OWN[name];
  if (own !== undefined) return own(entry, column, context);
  const shared = VALUE_GENERATORS.find((one) => one === name);
  return shared === undefined ? undefined : valueGenerator(shared, entry, column, context);
}

type Make = (entry: ColumnEntry, column: ColumnDraft, context: Context) => Generator<string> | undefined;

/** Those that only a column can have. */
const OWN: Readonly<Partial<Record<ColumnGeneratorName, Make>>> = {
  ref: referenceGenerator,
  after: afterGenerator,
  json: jsonGenerator,
  array: arrayGenerator,
  range: rangeGenerator,
  value: constantGenerator,
};

function referenceGenerator(
  entry: ColumnEntry,
  column: ColumnDraft,
  { report, typeAt, addresses, isUnread }: Context,
): Generator<string> | undefined {
  const key = entry.ref ?? '';
  const type = typeAt(key);
  if (type === undefined) {
    if (isUnread(key)) return undefined;
    report(['ref'], `there is no column ${JSON.stringify(key)}`, nearest(key, addresses));
    return undefined;
  }
  if (!areComparable(type, column.type)) {
    report(['ref'], `${key} is ${typeName(type)}, but the column is ${typeName(column.type)}`);
    return undefined;
  }
  const distribution = readDistribution(entry.distribution);
  return {
    kind: 'reference',
    key,
    draw: column.name,
    pick: { kind: 'random', distribution, childless: entry.childless ?? 0 },
  };
}

export const areComparable = (one: ColumnType, other: ColumnType): boolean =>
  one.kind === other.kind || (isNumber(one) && isNumber(other));

function afterGenerator(
  { after = '', lag }: ColumnEntry,
  column: ColumnDraft,
  { report, typeAt, addresses, isUnread }: Context,
): Generator<string> | undefined {
  const base = `${column.table}.${after}`;
  const type = typeAt(base);
  if (type === undefined && isUnread(base)) return undefined;
  if (type === undefined || !isTime(type) || !isTime(column.type) || after === column.name) {
    const siblings = addresses.flatMap((address) =>
      address.startsWith(`${column.table}.`) ? [address.slice(column.table.length + 1)] : [],
    );
    const problem =
      type === undefined
        ? `there is no column ${JSON.stringify(after)} in ${column.table}`
        : `after needs two time columns, found ${after} and ${column.name}`;
    report(['after'], problem, type === undefined ? nearest(after, siblings) : undefined);
    return undefined;
  }
  return { kind: 'after', base, lag: readLag(lag) };
}

const DEFAULT_LAG = '2d';

/** The definition has checked that spans are spans. */
function readLag(lag: LagEntry | undefined): Lag {
  if (lag === undefined) return { kind: 'exponential', mean: parseSpan(DEFAULT_LAG) ?? 0 };
  if (typeof lag === 'string') return { kind: 'fixed', value: parseSpan(lag) ?? 0 };
  if ('exponential' in lag) return { kind: 'exponential', mean: parseSpan(lag.exponential) ?? 0 };
  const [min, max] = lag.uniform.map((span) => parseSpan(span) ?? 0);
  return { kind: 'uniform', min: min ?? 0, max: max ?? 0 };
}

function jsonGenerator(
  { json }: ColumnEntry,
  { type }: ColumnDraft,
  context: Context,
): Generator<string> | undefined {
  if (type.kind !== 'json' && type.kind !== 'jsonb') {
    context.report(['json'], `json makes JSON, but the column is ${typeName(type)}`, generatorHint(type));
    return undefined;
  }
  const template = jsonTemplate(json, ['json'], context);
  return template === undefined ? undefined : { kind: 'json', template };
}

function arrayGenerator(
  { array }: ColumnEntry,
  column: ColumnDraft,
  context: Context,
): Generator<string> | undefined {
  const { type } = column;
  if (type.kind !== 'array' || array === undefined) {
    context.report(['array'], `array makes arrays, but the column is ${typeName(type)}`, generatorHint(type));
    return undefined;
  }
  const of = innerGenerator(array.of, { ...column, type: type.element }, ['array', 'of'], context);
  const { min, max, mean } =
    typeof array.length === 'number'
      ? { min: array.length, max: array.length, mean: undefined }
      : array.length;
  if (min > max) context.report(['array', 'length'], `expected min ≤ max, found ${min} and ${max}`);
  return of === undefined || min > max ? undefined : { kind: 'array', of, length: { min, max, mean } };
}

/** Of an array's elements or a range's lower bound; without a word by the type. */
function innerGenerator(
  entry: ValueEntry,
  column: ColumnDraft,
  path: Path,
  context: Context,
): Generator<string> | undefined {
  const report: Context['report'] = (inner, message, hint) =>
    context.report([...path, ...inner], message, hint);
  const names = VALUE_GENERATORS.filter((one) => entry[one] !== undefined);
  const [name, second] = names;
  if (second !== undefined) {
    report([], `expected one generator, found ${names.join(' and ')}`);
    return undefined;
  }
  const target = { type: column.type, limits: undefined };
  const generator =
    name === undefined
      ? automaticGenerator(
          { ...column, limits: { ...column.limits, ...FREE } },
          { refDate: context.refDate, isKey: false, columns: [] },
        )
      : valueGenerator(name, entry, target, { ...context, report });
  return generator === undefined
    ? undefined
    : arranged(entry, { ...column, generator, explicit: name !== undefined }, { ...context, report });
}

/** What a CHECK says about an array is not about its elements. */
const FREE = { min: undefined, max: undefined, values: undefined, pattern: undefined };

function rangeGenerator(
  { range }: ColumnEntry,
  column: ColumnDraft,
  context: Context,
): Generator<string> | undefined {
  const { type } = column;
  if (type.kind !== 'range' || range === undefined) {
    context.report(['range'], `range makes ranges, but the column is ${typeName(type)}`, generatorHint(type));
    return undefined;
  }
  const automatic = automaticRange(type, context.refDate);
  const names = VALUE_GENERATORS.filter((one) => range.of[one] !== undefined);
  const of =
    names.length === 0
      ? automatic.of
      : innerGenerator(range.of, { ...column, type: type.subtype }, ['range', 'of'], context);
  const length = range.length === undefined ? automatic : rangeLength(range.length, type.subtype);
  if (length === undefined || length.min > length.max) {
    const expected = isTime(type.subtype) ? 'a length of time such as 2h, or two' : 'a number, or two';
    context.report(['range', 'length'], `expected ${expected}, found ${JSON.stringify(range.length)}`);
    return undefined;
  }
  if (of === undefined) return undefined;
  return { kind: 'range', of, min: length.min, max: length.max, disjoint: range.disjoint ?? false };
}

function rangeLength(
  written: NonNullable<RangeEntry['length']>,
  subtype: ScalarType,
): { readonly min: number; readonly max: number } | undefined {
  const [first, last] = Array.isArray(written) ? written : [written, written];
  const min = inUnits(first, subtype);
  const max = inUnits(last, subtype);
  return min === undefined || max === undefined ? undefined : { min, max };
}

function inUnits(length: string | number | undefined, subtype: ScalarType): number | undefined {
  if (isTime(subtype))
    return typeof length === 'string'
      ? Math.max(1, Math.round((parseSpan(length) ?? 0) / microsecondsPerUnit(subtype)))
      : undefined;
  return typeof length === 'number' ? Math.max(1, Math.round(length * unitsPerOne(subtype))) : undefined;
}

function constantGenerator(
  { value }: ColumnEntry,
  { type, notNull }: ColumnDraft,
  { report }: Context,
): Generator<string> | undefined {
  const read = literal(type, value);
  if (!read.ok)
    report(
      ['value'],
      `expected ${read.expected}, found ${JSON.stringify(value)}`,
      type.kind === 'enum' ? nearest(String(value), type.labels) : undefined,
    );
  else if (read.value === null && notNull) report(['value'], 'the column is NOT NULL, found null');
  else return { kind: 'constant', value: read.value };
  return undefined;
}
