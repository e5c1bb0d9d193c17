import { columnSampler } from '../dataset/thread.ts';
import { Failure } from '../errors.ts';
import {
  permutation,
  RandomDraws,
  randomKey,
  rankSampler,
  weightedSampler,
  type Distribution,
} from '../statistics/index.ts';

import type { ParameterDraw, PlannedTransaction } from './plan.ts';

/** The value that is bound for the arrival of this slot; as PostgreSQL text, null for NULL. */
export type ParameterSampler = (slot: number) => string | null;

/** One sampler a parameter, in the transaction's order. Same seed and slot, same value, in any worker. */
export function parameterSamplers(
  { parameters, name: transaction }: PlannedTransaction,
  workload: SamplingWorkload,
  seed: number,
): readonly ParameterSampler[] {
  return parameters.map(({ name, draw }) => {
    // Workloads number their slots each for itself.
    if (draw.kind === 'sequence')
      return (slot) => String(draw.first + slot * workload.count + workload.index);
    if (draw.kind === 'client') return (slot) => String(slot % workload.connections);
    if (draw.kind === 'seed') return () => String(seed);
    const key = randomKey(seed, 'parameter', workload.name, transaction, name);
    return sampler(draw, new RandomDraws(key), seed);
  });
}

/** Whose arrivals they are for, `index` of `count`. */
export interface SamplingWorkload {
  readonly name: string;
  readonly index: number;
  readonly count: number;
  readonly connections: number;
}

function sampler(
  draw: Exclude<ParameterDraw, { readonly kind: 'sequence' | 'client' | 'seed' }>,
  draws: RandomDraws,
  seed: number,
): ParameterSampler {
  switch (draw.kind) {
    case 'key':
      return keySampler(
        { ...draw, size: draw.column.rows, valueOf: columnSampler(draw.column) },
        draws,
        seed,
      );
    case 'existing':
      throw new Failure('bug', { message: `the keys of ${draw.column} were not sampled before` });
    case 'pool':
      return keySampler(
        { ...draw, size: draw.values.length, valueOf: (place) => draw.values[place] ?? null },
        draws,
        seed,
      );
    case 'int':
      return intSampler(draw, draws, seed);
    case 'decimal': {
      const unit = 10 ** draw.digits;
      const steps = Math.round((draw.high - draw.low) * unit) + 1;
      const first = Math.round(draw.low * unit);
      return (slot) => ((first + draws.at(slot).below(steps)) / unit).toFixed(draw.digits);
    }
    case 'values': {
      const pick = weightedSampler(draw.weights);
      return (slot) => draw.values[pick(draws.at(slot))] ?? null;
    }
    case 'uuid':
      return (slot) => randomUuid(draws.at(slot));
  }
}

interface Keys {
  readonly distribution: Distribution;
  readonly latest: boolean;
  readonly hotSet: string;
  readonly size: number;
  readonly valueOf: (place: number) => string | null;
}

function keySampler(
  { distribution, latest, hotSet, size, valueOf }: Keys,
  draws: RandomDraws,
  seed: number,
): ParameterSampler {
  const rank = rankSampler(distribution, size);
  if (latest) return (slot) => valueOf(size - 1 - rank(draws.at(slot)));
  const spread = permutation(size, randomKey(seed, 'hot', hotSet));
  return (slot) => valueOf(spread(rank(draws.at(slot))));
}

function intSampler(
  { low, high, distribution, spread }: ParameterDraw & { readonly kind: 'int' },
  draws: RandomDraws,
  seed: number,
): ParameterSampler {
  const size = high - low + 1;
  const rank = rankSampler(distribution, size);
  if (!spread) return (slot) => String(low + rank(draws.at(slot)));
  const place = permutation(size, randomKey(seed, 'hot', `${low}..${high}`));
  return (slot) => String(low + place(rank(draws.at(slot))));
}

/** RFC 9562, version 4. */
function randomUuid(draws: RandomDraws): string {
  const hex = Array.from({ length: 4 }, () => draws.word().toString(16).padStart(8, '0')).join('');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
