import { isInteger, isTime, type ColumnType } from '../column-type.ts';
import type {
  FakerGenerator,
  Generator,
  NumberGenerator,
  ScalarValue,
  TextGenerator,
  Value,
} from '../generator.ts';
import { specialValues } from '../special/special.ts';
import { match, type Cases } from '../match.ts';

import type { FilledColumn } from './draft.ts';
import { typeRange } from './limits.ts';

/** No two rows get the same value. */
export const isInjective = ({ generator, type }: Pick<FilledColumn, 'generator' | 'type'>): boolean =>
  match(generator, INJECTIVE, type);

const always = (): boolean => true;
const never = (): boolean => false;

const INJECTIVE: Cases<Generator<string>, ColumnType, boolean> = {
  sequence: ({ step }) => step !== 0,
  permuted: always,
  code: always,
  uuid: always,
  inet: always,
  faker: ({ unique }) => unique,
  text: ({ unique }) => unique,
  reference: ({ pick }) => pick.kind === 'spread',
  constant: never,
  number: never,
  boolean: never,
  choice: never,
  // The first four bytes are a bijection of the row number.
  bytes: ({ min }) => min >= 4,
  // Milliseconds are fine enough: some 40 million rows in three years.
  series: ({ jitter }, type) =>
    jitter === undefined && (type.kind === 'timestamp' || type.kind === 'timestamptz') && type.precision >= 3,
  after: never,
  json: never,
  array: never,
  ordinal: never,
  'distinct-choice': never,
  special: ({ name, modifier }) => specialValues(name, modifier) >= SPECIAL_VALUES_NEEDED,
  range: ({ disjoint }) => disjoint,
  record: never,
  branch: never,
  indexed: never,
};

/** Below, the rows of a table may be more than the values. */
const SPECIAL_VALUES_NEEDED = 1_000_000;

/** Characters below which a pooled value and a row number do not both fit: then codes. */
const ROOM_FOR_SUFFIX = 24;

/** The same kind of values, each once; undefined where the column can not have that. */
export function injective(column: FilledColumn): Generator<string> | undefined {
  const { generator, explicit } = column;
  if (isInjective(column)) return generator;
  if (generator.kind === 'reference')
    return generator.pick.kind === 'pair' ? undefined : { ...generator, pick: { kind: 'spread' } };
  if (generator.kind === 'faker' || generator.kind === 'text') return injectiveText(column, generator);
  if (generator.kind === 'number') return injectiveNumber(column, generator);
  if (generator.kind === 'range') return { ...generator, disjoint: true };
  if (explicit) return undefined;
  const isListed = column.limits.values !== undefined || column.limits.pattern !== undefined;
  return isListed ? distinct(generator) : ofType(column);
}

function injectiveText(
  { type, limits, explicit }: FilledColumn,
  generator: FakerGenerator | TextGenerator,
): Generator<string> | undefined {
  if (type.kind !== 'text') return undefined;
  if ((limits.longest ?? ROOM_FOR_SUFFIX) >= ROOM_FOR_SUFFIX) return { ...generator, unique: true };
  return explicit ? undefined : { kind: 'code', max: limits.longest };
}

/** A range that the file states is kept; one of our own only begins where it began. */
function injectiveNumber(
  { type, limits, explicit }: FilledColumn,
  { min, max }: NumberGenerator,
): Generator<string> | undefined {
  if (!isInteger(type) && type.kind !== 'numeric') return undefined;
  const [, highest] = typeRange(type);
  return { kind: 'permuted', min: Math.ceil(min), max: Math.floor(explicit ? max : (limits.max ?? highest)) };
}

function ofType({ type, limits, generator }: FilledColumn): Generator<string> | undefined {
  if (type.kind === 'text') return { kind: 'code', max: limits.longest };
  // 2000-01-01 and the days after it; the second, for times.
  if (isTime(type)) return { kind: 'sequence', start: 0, step: type.kind === 'date' ? 1 : 1_000_000 };
  if (type.kind === 'enum' || type.kind === 'bool') return distinct(generator);
  return type.kind === 'bytea' ? { kind: 'bytes', min: 16, max: 16 } : undefined;
}

/** Without a layout all rows count as the children of one parent. */
function distinct(generator: Generator<string>): Generator<string> | undefined {
  const values = choiceValues(generator);
  return values === undefined ? undefined : { kind: 'distinct-choice', values };
}

export function choiceValues(
  generator: Generator<string>,
): Extract<Generator<string>, { kind: 'distinct-choice' }>['values'] | undefined {
  if (generator.kind === 'boolean') return [0, 1];
  if (generator.kind === 'constant') return scalars([generator.value]);
  if (generator.kind !== 'choice') return undefined;
  return scalars(generator.values);
}

const scalars = (values: readonly Value[]): readonly ScalarValue[] =>
  values.flatMap((value) => (typeof value === 'object' && value !== null ? [] : [value]));
