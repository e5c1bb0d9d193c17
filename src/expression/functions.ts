import type { FunctionName } from './expression.ts';
import { fnv1a, murmur2 } from './hash.ts';
import { BINARY } from './operators.ts';
import { permuter, type RandomFunction } from './random.ts';
import { inRange, toDouble, toInteger, type Value } from './value.ts';

/** What is computed of values that are not NULL; of NULL comes NULL. Throws `EvaluationError`. */
export type Computation = (...operands: Value[]) => Value;

/** A computation for one place in an expression: it may remember what helps the next time. */
export const FUNCTION: Readonly<Record<Exclude<FunctionName, RandomFunction>, () => Computation>> = {
  abs: () => abs,
  debug:
    () =>
    (value = null) =>
      value,
  double: () => ofDouble((value) => value),
  exp: () => ofDouble(Math.exp),
  greatest: () => extremum((value, other) => value > other),
  hash: () => hashing(murmur2),
  hash_fnv1a: () => hashing(fnv1a),
  hash_murmur2: () => hashing(murmur2),
  int:
    () =>
    (value = null) =>
      toInteger(value),
  least: () => extremum((value, other) => value < other),
  ln: () => ofDouble(Math.log),
  mod:
    () =>
    (value = null, by = null) =>
      BINARY['%'](value, by),
  permute: () => {
    const permute = permuter();
    return (index = null, size = null, seed = null) =>
      permute(toInteger(index), toInteger(size), toInteger(seed));
  },
  pi: () => () => Math.PI,
  pow: () => power,
  power: () => power,
  sqrt: () => ofDouble(Math.sqrt),
};

const abs: Computation = (value = null) => {
  if (typeof value !== 'bigint') return Math.abs(toDouble(value));
  return value < 0n ? inRange(-value) : value;
};

/** C's pow: of 1 comes 1, and of −1 to an infinite power too, whatever JavaScript says (C17, F.10.4.4). */
const power: Computation = (first = null, second = null) => {
  const base = toDouble(first);
  const exponent = toDouble(second);
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
};

const ofDouble =
  (compute: (value: number) => number): Computation =>
  (value = null) =>
    compute(toDouble(value));

/** In doubles where one of them is a double. */
function extremum(isFurther: (value: number | bigint, other: number | bigint) => boolean): Computation {
  return (...operands) => {
    const convert: (value: Value) => number | bigint = operands.some((one) => typeof one === 'number')
      ? toDouble
      : toInteger;
    return operands.map(convert).reduce((furthest, one) => (isFurther(one, furthest) ? one : furthest));
  };
}

function hashing(hash: (value: bigint, seed: bigint) => bigint): Computation {
  return (value = null, seed = null) => hash(toInteger(value), toInteger(seed));
}
