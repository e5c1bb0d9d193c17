import type { BinaryOperator, UnaryOperator } from './expression.ts';
import { EvaluationError, inRange, toBoolean, toDouble, toInteger, type Value } from './value.ts';

/** What is computed of two values that are not NULL; of NULL comes NULL. Throws `EvaluationError`. */
export type Binary = (left: Value, right: Value) => Value;

/** AND and OR are not here: they need not know their right side. */
export const BINARY: Readonly<Record<Exclude<BinaryOperator, 'AND' | 'OR'>, Binary>> = {
  '+': arithmetic(
    (a, b) => inRange(a + b),
    (a, b) => a + b,
  ),
  '-': arithmetic(
    (a, b) => inRange(a - b),
    (a, b) => a - b,
  ),
  '*': arithmetic(
    (a, b) => inRange(a * b),
    (a, b) => a * b,
  ),
  '/': arithmetic(
    (a, b) => inRange(a / divisor(b)),
    (a, b) => a / b,
  ),
  '%': integers((a, b) => a % divisor(b)),
  '=': arithmetic(
    (a, b) => a === b,
    (a, b) => a === b,
  ),
  '<>': arithmetic(
    (a, b) => a !== b,
    (a, b) => a !== b,
  ),
  '<': arithmetic(
    (a, b) => a < b,
    (a, b) => a < b,
  ),
  '<=': arithmetic(
    (a, b) => a <= b,
    (a, b) => a <= b,
  ),
  '>': arithmetic(
    (a, b) => a > b,
    (a, b) => a > b,
  ),
  '>=': arithmetic(
    (a, b) => a >= b,
    (a, b) => a >= b,
  ),
  '|': integers((a, b) => a | b),
  '#': integers((a, b) => a ^ b),
  '&': integers((a, b) => a & b),
  '<<': integers((a, b) => BigInt.asIntN(64, a << places(b))),
  '>>': integers((a, b) => a >> places(b)),
};

export const UNARY: Readonly<Record<UnaryOperator, (value: Value) => Value>> = {
  // Not the sign turned: minus zero is zero (pgbench's grammar).
  '-': (value) => BINARY['-'](0n, value),
  '~': (value) => ~toInteger(value),
  NOT: (value) => !toBoolean(value),
};

/** In doubles where one of the two is a double. */
function arithmetic(
  ofIntegers: (left: bigint, right: bigint) => Value,
  ofDoubles: (left: number, right: number) => Value,
): Binary {
  return (left, right) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') return ofIntegers(left, right);
    if (typeof left === 'number' || typeof right === 'number')
      return ofDoubles(toDouble(left), toDouble(right));
    return ofIntegers(toInteger(left), toInteger(right));
  };
}

function integers(compute: (left: bigint, right: bigint) => bigint): Binary {
  return (left, right) => compute(toInteger(left), toInteger(right));
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new EvaluationError('division by zero');
  return value;
}

/** Of a shift, as the processor takes them: modulo 64. */
const places = (value: bigint): bigint => BigInt.asUintN(6, value);
