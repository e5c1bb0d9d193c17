import { Failure } from '../../errors.ts';
import { RandomDraws } from '../../statistics/index.ts';
import { corpus } from '../corpus.ts';
import { curveOf } from '../curve.ts';
import { fakerPool } from '../faker-pool.ts';
import { shareOf } from '../fan-out.ts';
import type {
  FakerGenerator,
  Generator,
  NumberGenerator,
  SeriesGenerator,
  TextGenerator,
  Value,
} from '../generator.ts';
import { match, type Cases } from '../match.ts';
import type { ResolvedColumn } from '../model.ts';
import { SPECIALS, specialValues } from '../special/special.ts';
import { timeAt } from '../time-curve.ts';

import { keyOf, pooledCell, type Cell, type Scope } from './cell.ts';
import { fakerLiteral, widest } from './faker.ts';
import type { MakeCell } from './make-cell.ts';
import { timeValue, unitsPerOne } from './numbers.ts';
import { uuidText } from './uuid.ts';

/** Values that grow, in PostgreSQL's order (locale C), with their number. */
export interface OrderedSources {
  readonly cell: Cell;
  readonly count: number;
  /** How often each is taken, up to a common factor; undefined: all alike. */
  readonly weights: (ArrayLike<number> & Iterable<number>) | undefined;
}

interface Place {
  readonly scope: Scope;
  readonly make: MakeCell;
  /** Every source has another value: the file asks for their number. */
  readonly distinct: boolean;
}

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

const even = (value: (source: number) => Value, maxBytes: number, count: number): OrderedSources => ({
  cell: { value, maxBytes },
  count,
  weights: undefined,
});

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

function chosen(values: readonly Value[], weights: readonly number[]): OrderedSources {
  const cell = pooledCell({ values, placeOf: (source) => source }, widest(values.map((value) => value)));
  return { cell, count: values.length, weights };
}

function compareValues(one: Value, other: Value, labels: readonly string[] | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (labels !== undefined) return labels.indexOf(String(one)) - labels.indexOf(String(other));
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

/** Whole numbers in a range up to this size are counted out, so that their ties are known. */
const SMALL_RANGE = 1_000;

function orderedNumbers({ min, max, shape }: NumberGenerator, { scope, distinct }: Place): OrderedSources {
  const { rows, type } = scope;
  const curve = curveOf(shape, min, max);
  if (type.kind === 'float4' || type.kind === 'float8') {
    const round =
      type.kind === 'float4' ? (value: number) => Number(value.toPrecision(6)) : (value: number) => value;
    return even((source) => round(clip(curve.quantile((source + 0.5) / rows), min, max)), 24, rows);
  }
  const unit = unitsPerOne(type);
  const low = Math.ceil(min * unit);
  const high = Math.floor(max * unit);
  const span = high - low + 1;
  if (distinct || span <= SMALL_RANGE) {
    const [first, size] = distinct ? inhabited([low, high], unit, rows, curve.quantile) : [low, span];
    const count = distinct ? rows : span;
    const valueOf = (source: number): number => first + shareOf(source, size, count);
    return {
      cell: { value: valueOf, maxBytes: 24 },
      count,
      weights:
        shape.kind === 'uniform' || shape.kind === 'ranked'
          ? undefined
          : Float64Array.from({ length: count }, (_, source) => {
              const from = source === 0 ? 0 : curve.share((valueOf(source) - 0.5) / unit);
              const to = source === count - 1 ? 1 : curve.share((valueOf(source + 1) - 0.5) / unit);
              return Math.max(1e-12, to - from);
            }),
    };
  }
  return even(
    (source) => clip(Math.round(curve.quantile((source + 0.5) / rows) * unit), low, high),
    24,
    rows,
  );
}

/** Where all but a ten-thousandth of the values are: a sparse tail would take most of the different values. */
function inhabited(
  [low, high]: readonly [number, number],
  unit: number,
  values: number,
  quantile: (u: number) => number,
): readonly [first: number, size: number] {
  const first = clip(Math.floor(quantile(0.00005) * unit), low, high);
  const last = clip(Math.ceil(quantile(0.99995) * unit), low, high);
  return last - first < values ? [low, high - low + 1] : [first, last - first + 1];
}

const clip = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

function orderedSeries(generator: SeriesGenerator, { scope }: Place): OrderedSources {
  const asValue = timeValue(scope.type);
  const placeOf = timeAt(generator);
  return even((source) => asValue(placeOf((source + 0.5) / scope.rows)), 24, scope.rows);
}

function orderedFaker(
  { method, max, unique, refDate }: FakerGenerator,
  { scope, distinct }: Place,
): OrderedSources {
  const counts = new Map<Value, number>();
  for (const one of fakerPool(method, scope.seed, refDate)) {
    const value = fakerLiteral(one, scope.type, max);
    if (value !== undefined && !Array.isArray(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = [...counts.keys()].toSorted((one, other) => compareValues(one, other, undefined));
  if (!unique && !distinct)
    return chosen(
      values,
      values.map((value) => counts.get(value) ?? 0),
    );
  return prefixed(values.map(String), scope, max, unique);
}

let sortedStarts: readonly string[] | undefined;
const LONGEST_PREFIX = 60;

/** Pieces of the corpus in byte order. */
function sortedPieces(): readonly string[] {
  if (sortedStarts === undefined) {
    const { text, starts } = corpus();
    const pieces = Array.from(starts.subarray(0, -12), (start) =>
      text.slice(start, start + LONGEST_PREFIX).trimEnd(),
    );
    sortedStarts = [...new Set(pieces)].toSorted();
  }
  return sortedStarts;
}

function orderedTexts({ max, unique }: TextGenerator, { scope, distinct }: Place): OrderedSources {
  return prefixed(sortedPieces(), scope, max, unique || distinct);
}

/** With the number of the source behind, in as many digits for all, where there are not enough values. */
function prefixed(
  values: readonly string[],
  scope: Scope,
  max: number | undefined,
  unique: boolean,
): OrderedSources {
  const { rows } = scope;
  const digits = String(rows).length;
  const suffix = unique && rows > values.length;
  const room = Math.max(0, (max ?? Infinity) - (suffix ? digits + 1 : 0));
  return even(
    (source) => {
      const piece = (values[shareOf(source, values.length, rows)] ?? '').slice(0, room).trimEnd();
      return suffix ? `${piece}.${String(source).padStart(digits, '0')}` : piece;
    },
    widest(values) + digits + 1,
    rows,
  );
}
