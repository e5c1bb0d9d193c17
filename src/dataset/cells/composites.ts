import { randomKey, RandomDraws } from '../../statistics/index.ts';
import type { ScalarType } from '../column-type.ts';
import type { ArrayLength, ScalarValue, Value } from '../generator.ts';
import { jsonString } from '../jsonb-text.ts';
import { scalarForm } from '../text-form.ts';

import { drawsOf, type Cell, type Scope } from './cell.ts';

/** `element`: a cell whose rows are the elements of all rows, `length.max` for each. */
export function arrayCell(length: ArrayLength, element: Cell, scope: Scope): Cell {
  const draws = drawsOf(scope, 'length');
  return {
    value: (row) => {
      const size = drawLength(length, draws.at(row));
      return Array.from(
        { length: size },
        (_, index) => element.value(row * length.max + index) as ScalarValue,
      );
    },
    maxBytes: 20 + length.max * (element.maxBytes + 4),
  };
}

/** All lengths alike; with a mean, Poisson around it (Knuth's product method: means are small), clipped. */
function drawLength({ min, max, mean }: ArrayLength, draws: RandomDraws): number {
  if (mean === undefined) return min + draws.below(max - min + 1);
  const limit = Math.exp(min - mean);
  let size = min;
  for (let product = draws.next(); product > limit && size < max; product *= draws.next()) size++;
  return size;
}

/** Text of a JSON value from its row. */
export interface JsonSource {
  readonly text: (row: number) => string;
  readonly maxBytes: number;
}

export const jsonLiteral = (json: string): JsonSource => ({
  text: () => json,
  maxBytes: Buffer.byteLength(json),
});

export function jsonObject(entries: readonly (readonly [string, JsonSource])[]): JsonSource {
  return joined(
    '{',
    entries.map(([key, source]) => [`${jsonString(key)}: `, source] as const),
    '}',
  );
}

export function jsonList(items: readonly JsonSource[]): JsonSource {
  return joined(
    '[',
    items.map((source) => ['', source] as const),
    ']',
  );
}

function joined(open: string, parts: readonly (readonly [string, JsonSource])[], close: string): JsonSource {
  const heads = parts.map(([head], index) => `${index === 0 ? open : ', '}${head}`);
  const sources = parts.map(([, source]) => source.text);
  const end = parts.length === 0 ? open + close : close;
  return {
    text: (row) => {
      let text = '';
      for (let index = 0; index < sources.length; index++)
        text += (heads[index] ?? '') + (sources[index]?.(row) ?? '');
      return text + end;
    },
    maxBytes: parts.reduce((sum, [head, source]) => sum + Buffer.byteLength(head) + 2 + source.maxBytes, 2),
  };
}

/** A generated value in a JSON template; `nullFrac` of them are JSON nulls. */
export function jsonValue(type: ScalarType, nullFrac: number, cell: Cell, scope: Scope): JsonSource {
  const text = rendered(type, cell);
  const nulls = new RandomDraws(randomKey(scope.seed, ...scope.path, 'null'));
  return {
    text: nullFrac === 0 ? text : (row) => (nulls.at(row).next() < nullFrac ? 'null' : text(row)),
    // Escaped, a character may take six bytes; numbers and times have at most 40 characters.
    maxBytes: Math.max(40, cell.maxBytes * 6 + 2),
  };
}

function rendered(type: ScalarType, { value, pool }: Cell): (row: number) => string {
  const form = jsonForm(type);
  const render = (one: Value): string => (one === null ? 'null' : form(one));
  if (pool === undefined) return (row) => render(value(row));
  const texts = pool.values.map(render);
  return (row) => texts[pool.placeOf(row)] ?? 'null';
}

const BARE: readonly ScalarType['kind'][] = [
  'int2',
  'int4',
  'int8',
  'numeric',
  'float4',
  'float8',
  'bool',
  'json',
  'jsonb',
];
/** Their texts hold nothing that JSON escapes. */
const NEVER_ESCAPED: readonly ScalarType['kind'][] = [
  'uuid',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'interval',
  'inet',
  'cidr',
];

function jsonForm(type: ScalarType): (value: Exclude<Value, null>) => string {
  const form = scalarForm(type);
  if (BARE.includes(type.kind)) return (value) => form(value as number);
  if (NEVER_ESCAPED.includes(type.kind)) return (value) => `"${form(value as string)}"`;
  return (value) => jsonString(form(value as string));
}
