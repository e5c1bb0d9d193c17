import type { ColumnEntry, LagEntry } from '../definition.ts';
import { isNumber, isTime, typeName, type ColumnType } from '../column-type.ts';
import type { Generator, Lag } from '../generator.ts';
import { literal } from '../literal.ts';

import { nearest, type Context } from './context.ts';
import { readDistribution } from './distribution.ts';
import type { ColumnDraft } from './draft.ts';
import { jsonTemplate } from './json-template.ts';
import { parseSpan } from './moment.ts';
import { generatorHint, VALUE_GENERATORS, valueGenerator } from './value-generator.ts';

const COLUMN_GENERATORS = [...VALUE_GENERATORS, 'ref', 'after', 'json', 'array', 'value'] as const;
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
    pick: { kind: 'random', distribution, childless: entry.childless ?? 0, draw: column.name },
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
  { type }: ColumnDraft,
  context: Context,
): Generator<string> | undefined {
  if (type.kind !== 'array' || array === undefined) {
    context.report(['array'], `array makes arrays, but the column is ${typeName(type)}`, generatorHint(type));
    return undefined;
  }
  const names = VALUE_GENERATORS.filter((one) => array.of[one] !== undefined);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    context.report(['array', 'of'], `expected one generator, found ${names.join(' and ') || 'none'}`);
    return undefined;
  }
  const report: Context['report'] = (path, message, hint) =>
    context.report(['array', 'of', ...path], message, hint);
  const of = valueGenerator(
    name,
    array.of,
    { type: type.element, limits: undefined },
    { ...context, report },
  );
  const { min, max, mean } =
    typeof array.length === 'number'
      ? { min: array.length, max: array.length, mean: undefined }
      : array.length;
  if (min > max) context.report(['array', 'length'], `expected min ≤ max, found ${min} and ${max}`);
  return of === undefined || min > max ? undefined : { kind: 'array', of, length: { min, max, mean } };
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
