import {
  permutation,
  randomKey,
  rankSampler,
  type Distribution,
  type RandomDraws,
  type RankSampler,
} from '../statistics/index.ts';

import type { FunctionName } from './expression.ts';
import { EvaluationError, inRange, toDouble, toInteger, type Value } from './value.ts';

export type RandomFunction = Extract<FunctionName, `random${string}`>;

/** The functions of chance: integers from the first operand to the second; the third shapes the distribution. */
export type Draw = (draws: RandomDraws, operands: readonly Value[]) => bigint;

/** One that remembers what it was asked for last: that seldom changes from one arrival to the next. */
export function drawOf(name: RandomFunction): Draw {
  let sample: (draws: RandomDraws) => bigint = () => 0n;
  let known: readonly Value[] = [];
  return (draws, operands) => {
    if (operands.some((value, index) => value !== known[index])) {
      sample = sampler(name, operands);
      known = [...operands];
    }
    return sample(draws);
  };
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function sampler(
  name: RandomFunction,
  [first = null, second = null, third = null]: readonly Value[],
): (draws: RandomDraws) => bigint {
  const low = toInteger(first);
  const high = toInteger(second);
  if (low > high) throw new EvaluationError(`${name} takes a range, found ${low} to ${high}`);
  const size = inRange(high - low + 1n);
  if (name === 'random' && size > SAFE) return (draws) => low + belowLarge(draws, size);
  const rank = rankSampler(DISTRIBUTIONS[name](third), Number(size));
  if (low >= -SAFE && high <= SAFE) return safeSampler(Number(low), rank);
  return (draws) => low + BigInt(rank(draws));
}

/** One big number less to compute. */
const safeSampler =
  (low: number, rank: RankSampler) =>
  (draws: RandomDraws): bigint =>
    BigInt(low + rank(draws));

/** Uniform integer in [0, size): the upper half of a product of 128 bits. */
const belowLarge = (draws: RandomDraws, size: bigint): bigint =>
  (((BigInt(draws.word()) << 32n) | BigInt(draws.word())) * size) >> 64n;

/** Bounds of the parameters: manual, pgbench, "Random Functions". */
const DISTRIBUTIONS: Readonly<Record<RandomFunction, (parameter: Value) => Distribution>> = {
  random: () => ({ kind: 'uniform' }),
  random_exponential: (parameter) => {
    const rate = toDouble(parameter);
    if (rate > 0) return { kind: 'exponential', rate };
    throw new EvaluationError(`the parameter of random_exponential is above 0, found ${rate}`);
  },
  random_gaussian: (parameter) => {
    const spread = toDouble(parameter);
    if (spread >= 2) return { kind: 'gaussian', spread };
    throw new EvaluationError(`the parameter of random_gaussian is at least 2, found ${spread}`);
  },
  random_zipfian: (parameter) => {
    const exponent = toDouble(parameter);
    if (exponent >= 1.001 && exponent <= 1_000) return { kind: 'zipfian', exponent };
    throw new EvaluationError(`the parameter of random_zipfian is from 1.001 to 1000, found ${exponent}`);
  },
};

/** What `permutation` of statistics can do. */
const LARGEST_PERMUTATION = 2n ** 52n;

/** permute(i, size, seed): a bijection of 0 … size − 1, of i modulo size. Its order is another than pgbench's. */
export function permuter(): (index: bigint, size: bigint, seed: bigint) => bigint {
  let known:
    { readonly size: bigint; readonly seed: bigint; readonly place: (index: number) => number } | undefined;
  return (index, size, seed) => {
    if (known?.size !== size || known.seed !== seed) known = { size, seed, place: places(size, seed) };
    return BigInt(known.place(Number(BigInt.asUintN(64, index) % size)));
  };
}

function places(size: bigint, seed: bigint): (index: number) => number {
  if (size < 1n || size > LARGEST_PERMUTATION)
    throw new EvaluationError(`permute takes a size from 1 to 2^52, found ${size}`);
  return permutation(Number(size), randomKey(0, 'permute', String(seed)));
}
