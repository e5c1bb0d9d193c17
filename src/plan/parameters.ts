import { columnSampler } from '../dataset/index.ts';
import {
  permutation,
  RandomDraws,
  randomKey,
  rankSampler,
  weightedSampler,
  type RandomKey,
} from '../statistics/index.ts';

import type { ParameterDraw, PlannedTransaction } from './plan.ts';

/** The value that is bound for the arrival of this slot; as PostgreSQL text, null for NULL. */
export type ParameterSampler = (slot: number) => string | null;

/** One sampler a parameter, in the transaction's order. Same seed and slot, same value, in any worker. */
export function parameterSamplers(
  transaction: PlannedTransaction,
  seed: number,
): readonly ParameterSampler[] {
  return transaction.parameters.map(({ name, draw }) =>
    sampler(draw, randomKey(seed, 'parameter', transaction.name, name), seed),
  );
}

function sampler(draw: ParameterDraw, key: RandomKey, seed: number): ParameterSampler {
  const draws = new RandomDraws(key);
  switch (draw.kind) {
    case 'key':
      return keySampler(draw, draws, seed);
    case 'int':
      return (slot) => String(draw.low + draws.at(slot).below(draw.high - draw.low + 1));
    case 'values': {
      const pick = weightedSampler(draw.weights);
      return (slot) => draw.values[pick(draws.at(slot))] ?? null;
    }
    case 'uuid':
      return (slot) => randomUuid(draws.at(slot));
    case 'sequence':
      return String;
  }
}

function keySampler(
  draw: ParameterDraw & { kind: 'key' },
  draws: RandomDraws,
  seed: number,
): ParameterSampler {
  const { column, distribution, latest } = draw;
  const rank = rankSampler(distribution, column.rows);
  const value = columnSampler(column);
  if (latest) return (slot) => value(column.rows - 1 - rank(draws.at(slot)));
  const spread = permutation(column.rows, randomKey(seed, 'hot', draw.hotSet));
  return (slot) => value(spread(rank(draws.at(slot))));
}

/** RFC 9562, version 4. */
function randomUuid(draws: RandomDraws): string {
  const hex = Array.from({ length: 4 }, () => draws.word().toString(16).padStart(8, '0')).join('');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
