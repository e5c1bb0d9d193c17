import { permutation, rankSampler, standardNormal, type RandomDraws } from '../../statistics/index.ts';
import { MICROSECONDS_PER_DAY } from '../calendar.ts';
import type { ColumnType } from '../column-type.ts';
import type { Lag, NumberGenerator, NumberShape, SeriesGenerator } from '../generator.ts';

import { timeAt } from '../time-curve.ts';

import { drawsOf, keyOf, type Scope } from './cell.ts';

type NumberSource = (row: number) => number;

/** Units of the last generated decimal in one: 100 for numeric(10,2), 1 for whole numbers. */
export function unitsPerOne(type: ColumnType): number {
  return type.kind === 'numeric' ? 10 ** type.scale : 1;
}

export function sequence(start: number, step: number, scope: Scope): NumberSource {
  const unit = unitsPerOne(scope.type);
  return (row) => (start + row * step) * unit;
}

export function permuted(min: number, scope: Scope): NumberSource {
  const unit = unitsPerOne(scope.type);
  const permute = permutation(Math.max(1, scope.rows), keyOf(scope));
  return (row) => (min + permute(row)) * unit;
}

export function ordinal(start: number, scope: Scope): NumberSource {
  const unit = unitsPerOne(scope.type);
  const ordinalOf = scope.layout?.ordinalOf ?? ((row: number) => row);
  return (row) => (start + ordinalOf(row)) * unit;
}

export function drawnNumber({ min, max, shape }: NumberGenerator, scope: Scope): NumberSource {
  const draws = drawsOf(scope);
  const share = shape.kind === 'ranked' ? rankSampler(shape.distribution, FLOAT_RANKS) : undefined;
  const drawn =
    share === undefined
      ? (row: number): number => clip(fraction(shape, draws.at(row), min, max), min, max)
      : (row: number): number => min + (share(draws.at(row)) / FLOAT_RANKS) * (max - min);
  if (scope.type.kind === 'float8') return drawn;
  // Six digits are all that a float4 surely keeps; below 2^24 it then prints the same here and there.
  if (scope.type.kind === 'float4') return (row) => Number(drawn(row).toPrecision(6));
  const unit = unitsPerOne(scope.type);
  const low = Math.ceil(min * unit);
  const high = Math.floor(max * unit);
  if (shape.kind === 'ranked') {
    const rank = rankSampler(shape.distribution, high - low + 1);
    return (row) => low + rank(draws.at(row));
  }
  if (shape.kind === 'uniform') return (row) => low + draws.at(row).below(high - low + 1);
  return (row) => clip(Math.round(fraction(shape, draws.at(row), min, max) * unit), low, high);
}

const clip = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Places of a float's range that a distribution knows apart. */
const FLOAT_RANKS = 1_000_000;

function fraction(shape: NumberShape, draws: RandomDraws, min: number, max: number): number {
  switch (shape.kind) {
    case 'uniform':
    case 'ranked':
      return min + draws.next() * (max - min);
    case 'gaussian':
      return shape.mean + shape.deviation * standardNormal(draws);
    case 'log_normal':
      return Math.exp(shape.mu + shape.sigma * standardNormal(draws));
  }
}

/** Microseconds in one unit of a time type. */
export function microsecondsPerUnit(type: ColumnType): number {
  return type.kind === 'date' ? MICROSECONDS_PER_DAY : 1;
}

/** Microseconds to a value of a time type, rounded down to its precision. */
export function timeValue(type: ColumnType): (microseconds: number) => number {
  const unit = microsecondsPerUnit(type);
  const grain = type.kind === 'timestamp' || type.kind === 'timestamptz' ? 10 ** (6 - type.precision) : 1;
  return grain === 1 ? (time) => Math.floor(time / unit) : (time) => Math.floor(time / grain) * grain;
}

/**
 * A place that grows with the row, and a random part of the way to the next row's place, or of the jitter. Half of the
 * way at most: no two rows get the same time as long as the places are two grains apart.
 */
export function series(generator: SeriesGenerator, scope: Scope): NumberSource {
  const { from, to, jitter } = generator;
  const draws = drawsOf(scope);
  const asValue = timeValue(scope.type);
  const placeOf = timeAt(generator);
  const rows = Math.max(1, scope.rows);
  if (jitter === undefined) return (row) => asValue(placeOf((row + draws.at(row).next() / 2) / rows));
  return (row) => {
    const time = placeOf((row + 0.5) / rows) + (draws.at(row).next() - 0.5) * jitter;
    return asValue(clip(time, from, to - 1));
  };
}

/** Microseconds. */
export function drawLag(lag: Lag, draws: RandomDraws): number {
  switch (lag.kind) {
    case 'fixed':
      return lag.value;
    case 'uniform':
      return lag.min + draws.next() * (lag.max - lag.min);
    case 'exponential':
      return -Math.log(1 - draws.next()) * lag.mean;
  }
}
