import { permutation, standardNormal, type RandomDraws } from '../../statistics/index.ts';
import { MICROSECONDS_PER_DAY, MICROSECONDS_PER_YEAR } from '../calendar.ts';
import type { ColumnType } from '../column-type.ts';
import type { Lag, NumberGenerator, NumberShape, SeriesGenerator } from '../generator.ts';

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
  const drawn = (row: number): number => clip(fraction(shape, draws.at(row), min, max), min, max);
  if (scope.type.kind === 'float8') return drawn;
  // Six digits are all that a float4 surely keeps; below 2^24 it then prints the same here and there.
  if (scope.type.kind === 'float4') return (row) => Number(drawn(row).toPrecision(6));
  const unit = unitsPerOne(scope.type);
  const low = Math.ceil(min * unit);
  const high = Math.floor(max * unit);
  if (shape.kind === 'uniform') return (row) => low + draws.at(row).below(high - low + 1);
  return (row) => clip(Math.round(fraction(shape, draws.at(row), min, max) * unit), low, high);
}

const clip = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

function fraction(shape: NumberShape, draws: RandomDraws, min: number, max: number): number {
  switch (shape.kind) {
    case 'uniform':
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
export function series({ from, to, growth, jitter }: SeriesGenerator, scope: Scope): NumberSource {
  const draws = drawsOf(scope);
  const asValue = timeValue(scope.type);
  const placeOf = timeAt(from, to, growth);
  const rows = Math.max(1, scope.rows);
  if (jitter === undefined) return (row) => asValue(placeOf((row + draws.at(row).next() / 2) / rows));
  return (row) => {
    const time = placeOf((row + 0.5) / rows) + (draws.at(row).next() - 0.5) * jitter;
    return asValue(clip(time, from, to - 1));
  };
}

/** Inverse of the share of rows up to a time, where the rate grows by `growth` a year: r = ln(1 + growth), (e^(rt) − 1) / (e^(rT) − 1). */
function timeAt(from: number, to: number, growth: number): (share: number) => number {
  const span = to - from;
  const rate = Math.log1p(growth) * (span / MICROSECONDS_PER_YEAR);
  if (Math.abs(rate) < 1e-9) return (share) => from + share * span;
  const whole = Math.expm1(rate);
  return (share) => from + (Math.log1p(share * whole) / rate) * span;
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
