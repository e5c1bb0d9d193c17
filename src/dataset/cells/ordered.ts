import { Failure } from '../../errors.ts';
import { RandomDraws } from '../../statistics/index.ts';
import { shareOf } from '../fan-out.ts';
import type { Generator, SeriesGenerator } from '../generator.ts';
import { match, type Cases } from '../match.ts';
import type { ResolvedColumn } from '../model.ts';
import { SPECIALS, specialValues } from '../special/special.ts';
import { timeAt } from '../time-curve.ts';

import { keyOf } from './cell.ts';
import { widest } from './faker.ts';
import { timeValue, unitsPerOne } from './numbers.ts';
import { orderedNumbers } from './ordered-numbers.ts';
import { chosen, compareValues, even, type OrderedSources, type Place } from './ordered-sources.ts';
import { orderedFaker, orderedTexts } from './ordered-texts.ts';
import { uuidText } from './uuid.ts';

/** As many sources as the scope has rows, or fewer where there are no more values. */
export const orderedSources = (generator: Generator<ResolvedColumn>, place: Place): OrderedSources =>
  match(generator, ORDERED, place);

/** Whether `orderedSources` knows an order of what the generator makes. */
export const hasOrder = (generator: Generator<string>): boolean =>
  generator.kind === 'special' ? SORTED.includes(generator.name) : !UNORDERED.includes(generator.kind);

/** Those whose values grow with their number. */
const SORTED: readonly string[] = [
  'oid',
  'xid8',
  'timetz',
  'money',
  'pg_lsn',
  'macaddr',
  'macaddr8',
  'bit',
  'varbit',
];

const UNORDERED: readonly string[] = [
  'json',
  'array',
  'record',
  'after',
  'ordinal',
  'distinct-choice',
  'branch',
  'indexed',
  'range',
];

const unordered = (): never => {
  throw new Failure('bug', { message: 'the values of this generator have no order' });
};

const ORDERED: Cases<Generator<ResolvedColumn>, Place, OrderedSources> = {
  constant: ({ value }) => even(() => value, widest([value]), 1),
  sequence: ({ start, step }, { scope }) => {
    const unit = unitsPerOne(scope.type);
    const last = scope.rows - 1;
    return even((source) => (start + (step < 0 ? last - source : source) * step) * unit, 24, scope.rows);
  },
  number: orderedNumbers,
  permuted: ({ min }, { scope }) => {
    const unit = unitsPerOne(scope.type);
    return even((source) => (min + source) * unit, 24, scope.rows);
  },
  boolean: ({ share }) => chosen([0, 1], [1 - share, share]),
  uuid: ({ version, from, to }, { scope }) => {
    const draws = new RandomDraws(keyOf(scope));
    return even(
      (source) => uuidText(version, [from, to], (source + 0.5) / scope.rows, draws.at(source)),
      36,
      scope.rows,
    );
  },
  choice: ({ values, weights }, { scope: { type } }) => {
    const order = values
      .map((value, index) => ({ value, weight: weights[index] ?? 0 }))
      .filter(({ weight }) => weight > 0)
      .toSorted((one, other) =>
        compareValues(one.value, other.value, type.kind === 'enum' ? type.labels : undefined),
      );
    return chosen(
      order.map(({ value }) => value),
      order.map(({ weight }) => weight),
    );
  },
  faker: orderedFaker,
  text: orderedTexts,
  code: ({ max = 8 }, { scope }) => {
    const width = Math.max(1, Math.min(max, 10));
    return even(
      (source) =>
        shareOf(source, 36 ** width, scope.rows)
          .toString(36)
          .toUpperCase()
          .padStart(width, '0'),
      width,
      scope.rows,
    );
  },
  bytes: ({ min, max }, { scope }) => {
    const draws = new RandomDraws(keyOf(scope));
    return even(
      (source) => {
        const size = min + draws.at(source).below(max - min + 1);
        let hex = shareOf(source, 2 ** 48, scope.rows)
          .toString(16)
          .padStart(12, '0');
        while (hex.length < size * 2) hex += draws.word().toString(16).padStart(8, '0');
        return `\\x${hex.slice(0, size * 2)}`;
      },
      max,
      scope.rows,
    );
  },
  inet: (_, { scope }) =>
    even(
      (source) => {
        const word = shareOf(source, 2 ** 24, scope.rows);
        return `10.${word >>> 16}.${(word >>> 8) & 255}.${word & 255}`;
      },
      24,
      scope.rows,
    ),
  reference: (generator, { scope, make }) => {
    const count = Math.max(1, Math.min(scope.rows, generator.key.rows));
    const cell = make({ ...generator, pick: { kind: 'ordered' } }, { ...scope, rows: count });
    return { cell, count, weights: undefined };
  },
  series: orderedSeries,
  special: ({ name, modifier }, { scope }) => {
    const { make, maxBytes } = SPECIALS[name];
    const draws = new RandomDraws(keyOf(scope));
    const size = specialValues(name, modifier);
    return even(
      (source) => make(shareOf(source, size, scope.rows), draws.at(source), modifier),
      maxBytes,
      scope.rows,
    );
  },
  range: unordered,
  record: unordered,
  branch: unordered,
  indexed: unordered,
  json: unordered,
  array: unordered,
  after: unordered,
  ordinal: unordered,
  'distinct-choice': unordered,
};

function orderedSeries(generator: SeriesGenerator, { scope }: Place): OrderedSources {
  const asValue = timeValue(scope.type);
  const placeOf = timeAt(generator);
  return even((source) => asValue(placeOf((source + 0.5) / scope.rows)), 24, scope.rows);
}
