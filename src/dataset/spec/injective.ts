import { isInteger, isTime } from '../column-type.ts';
import type { Generator } from '../generator.ts';

import type { FilledColumn } from './draft.ts';
import { typeRange } from './limits.ts';

/** No two rows get the same value. */
export function isInjective(generator: Generator<string>): boolean {
  switch (generator.kind) {
    case 'sequence':
      return generator.step !== 0;
    case 'permuted':
    case 'code':
    case 'uuid':
    case 'inet':
      return true;
    case 'faker':
    case 'text':
      return generator.unique;
    case 'reference':
      return generator.pick.kind === 'spread';
    case 'constant':
    case 'number':
    case 'boolean':
    case 'choice':
    case 'bytes':
    case 'series':
    case 'after':
    case 'json':
    case 'array':
    case 'ordinal':
    case 'distinct-choice':
      return false;
  }
}

/** Characters below which a pooled value and a row number do not both fit: then codes. */
const ROOM_FOR_SUFFIX = 24;

/** The same kind of values, each once; undefined where the column can not have that. */
export function injective(column: FilledColumn): Generator<string> | undefined {
  const { generator, type, limits, explicit } = column;
  if (isInjective(generator)) return generator;
  if (generator.kind === 'reference') return { ...generator, pick: { kind: 'spread' } };
  if (generator.kind === 'faker' || generator.kind === 'text') {
    if (type.kind === 'text' && (limits.longest ?? ROOM_FOR_SUFFIX) >= ROOM_FOR_SUFFIX) return { ...generator, unique: true };
    return type.kind === 'text' && !explicit ? { kind: 'code', max: limits.longest } : undefined;
  }
  if (generator.kind === 'number' && (isInteger(type) || type.kind === 'numeric')) {
    const [, highest] = typeRange(type);
    // A range that the file states is kept; one of our own only begins where it began.
    return { kind: 'permuted', min: Math.ceil(generator.min), max: Math.floor(explicit ? generator.max : (limits.max ?? highest)) };
  }
  return explicit ? undefined : ofType(column);
}

function ofType({ type, limits, generator }: FilledColumn): Generator<string> | undefined {
  if (type.kind === 'text') return { kind: 'code', max: limits.longest };
  // 2000-01-01 and the days after it; the second, for times.
  if (isTime(type)) return { kind: 'sequence', start: 0, step: type.kind === 'date' ? 1 : 1_000_000 };
  if (type.kind === 'enum' || type.kind === 'bool') return distinct(generator);
  // The first four bytes are a bijection of the row number.
  return type.kind === 'bytea' ? { kind: 'bytes', min: 16, max: 16 } : undefined;
}

/** Without a layout all rows count as the children of one parent. */
function distinct(generator: Generator<string>): Generator<string> | undefined {
  const values = choiceValues(generator);
  return values === undefined ? undefined : { kind: 'distinct-choice', values };
}

export function choiceValues(generator: Generator<string>): Extract<Generator<string>, { kind: 'distinct-choice' }>['values'] | undefined {
  if (generator.kind === 'boolean') return [0, 1];
  if (generator.kind !== 'choice') return undefined;
  return generator.values.flatMap((value) => (typeof value === 'object' && value !== null ? [] : [value]));
}
