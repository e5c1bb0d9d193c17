/** Integers of 64 bits are bigint, doubles are number. */
export type Value = bigint | number | boolean | null;

/** An expression that has no value, with a sentence that says why. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

/** Throws `EvaluationError` beyond 64 bits. */
export function inRange(value: bigint): bigint {
  if (value >= LEAST && value <= GREATEST) return value;
  throw new EvaluationError(`${value} is out of range for type bigint`);
}

/** Doubles are rounded, halves to the even neighbour. */
export function toInteger(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number') throw new EvaluationError(`expected an integer, found ${nameOf(value)}`);
  const rounded = roundHalfEven(value);
  if (rounded >= -(2 ** 63) && rounded < 2 ** 63) return BigInt(rounded);
  throw new EvaluationError(`${value} is out of range for type bigint`);
}

export function toDouble(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new EvaluationError(`expected a number, found ${nameOf(value)}`);
}

export function toBoolean(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new EvaluationError(`expected TRUE or FALSE, found ${nameOf(value)}`);
}

/** As `\if` takes a value: numbers but zero are true, NULL is false. */
export function isTrue(value: Value): boolean {
  // Not a number is not zero either.
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

const nameOf = (value: Value): string => (value === null ? 'NULL' : String(value).toUpperCase());

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * As it is bound to a statement; `valueOf` reads back the same. A double without a fraction has a blank at its end: PostgreSQL takes
 * that for integers too, as it does for pgbench's `4`, and it still is no integer here, where 7 / 4.0 is not 7 / 4.
 */
export function textOf(value: Value): string | null {
  if (value === null) return null;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return typeof value === 'number' && /^-?\d+$/.test(text) ? `${text} ` : text;
}

/** Throws `EvaluationError` for a text that pgbench would not take for a value either. */
export function valueOf(text: string): Value {
  // Nearly all of them are such: half of the time of the general way.
  if (/^-?\d{1,15}$/.test(text)) return BigInt(Number(text));
  if (/^\s*[-+]?\d+$/.test(text)) return inRange(BigInt(text.trim().replace('+', '')));
  if (DOUBLE.test(text)) return doubleOf(text);
  const word = text.toLowerCase();
  if (word === 'null') return null;
  if (isPrefixOf(word, ['true', 'yes']) || word === 'on') return true;
  if (isPrefixOf(word, ['false', 'no']) || word === 'off' || word === 'of') return false;
  throw new EvaluationError(`expected a number, a truth value or NULL, found ${JSON.stringify(text)}`);
}

const isPrefixOf = (word: string, whole: readonly string[]): boolean =>
  word !== '' && whole.some((one) => one.startsWith(word));

const DOUBLE = /^\s*[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)\s*$/i;

function doubleOf(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  if (/\d/.test(text)) throw new EvaluationError(`${text} is out of range for type double`);
  if (/nan/i.test(text)) return Number.NaN;
  return text.includes('-') ? -Infinity : Infinity;
}
