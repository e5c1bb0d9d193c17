import { randomKey, RandomDraws } from '../../statistics/index.ts';
import { isInteger, type ScalarType } from '../column-type.ts';
import type { ArrayLength, ScalarValue, Value } from '../generator.ts';
import { jsonString } from '../jsonb-text.ts';
import { constants, setConstant, setDecimal, setLength, setText } from '../page.ts';
import { scalarForm } from '../text-form.ts';

import { drawsOf, type Cell, type PutRow, type Scope } from './cell.ts';

/** `element`: a cell whose rows are the elements of all rows, `length.max` for each. */
export function arrayCell(length: ArrayLength, element: Cell, scope: Scope): Cell {
  const draws = drawsOf(scope, 'length');
  const sizeOf = (row: number): number => drawLength(length, draws.at(row));
  return {
    value: (row) => {
      const size = sizeOf(row);
      return Array.from(
        { length: size },
        (_, index) => element.value(row * length.max + index) as ScalarValue,
      );
    },
    maxBytes: 20 + length.max * (element.maxBytes + 4),
    list: { sizeOf, element, most: length.max },
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
  /** The bytes of `text`. */
  readonly write: PutRow;
  readonly maxBytes: number;
}

export function jsonCell({ text, write, maxBytes }: JsonSource, { type }: Scope): Cell {
  // jsonb_recv: one byte, version 1, before the text.
  const before = type.kind === 'jsonb' ? 1 : 0;
  return {
    value: text,
    maxBytes: maxBytes + 1,
    write: (page, at, row) => {
      page.view.setInt8(at + 4, 1);
      return setLength(page, at, write(page, at + 4 + before, row));
    },
  };
}

export function jsonLiteral(json: string): JsonSource {
  const { page: source, starts } = constants([Buffer.from(json)]);
  const size = starts[1] ?? 0;
  return {
    text: () => json,
    write: (page, at) => page.copy(at, source, 0, size),
    maxBytes: size,
  };
}

export function jsonObject(entries: readonly (readonly [string, JsonSource])[]): JsonSource {
  return sequenceOf(
    '{',
    entries.map(([key, source]) => [`${jsonString(key)}: `, source] as const),
    '}',
  );
}

export function jsonList(items: readonly JsonSource[]): JsonSource {
  return sequenceOf(
    '[',
    items.map((source) => ['', source] as const),
    ']',
  );
}

function sequenceOf(
  open: string,
  parts: readonly (readonly [string, JsonSource])[],
  close: string,
): JsonSource {
  if (parts.length === 0) return jsonLiteral(open + close);
  const heads = parts.map(([head], index) => jsonLiteral(`${index === 0 ? open : ', '}${head}`));
  const sources = parts.flatMap(([, source], index) => [heads[index] ?? source, source]);
  const pieces = [...sources, jsonLiteral(close)];
  const writers = pieces.map(({ write }) => write);
  return {
    text: (row) => pieces.reduce((before, piece) => before + piece.text(row), ''),
    write: (page, at, row) => {
      let end = at;
      for (const write of writers) end = write(page, end, row);
      return end;
    },
    maxBytes: pieces.reduce((sum, piece) => sum + piece.maxBytes, 0),
  };
}

/** A generated value in a JSON template; `nullFrac` of them are JSON nulls. */
export function jsonValue(type: ScalarType, nullFrac: number, cell: Cell, scope: Scope): JsonSource {
  const { text, write } = rendered(type, cell);
  // Escaped, a character may take six bytes; numbers and times have at most 40 characters.
  const maxBytes = Math.max(40, cell.maxBytes * 6 + 2);
  if (nullFrac === 0) return { text, write, maxBytes };
  const nulls = new RandomDraws(randomKey(scope.seed, ...scope.path, 'null'));
  const isNull = (row: number): boolean => nulls.at(row).next() < nullFrac;
  return {
    text: (row) => (isNull(row) ? 'null' : text(row)),
    write: (page, at, row) => (isNull(row) ? setText(page, at, 'null') : write(page, at, row)),
    maxBytes,
  };
}

type Rendered = Omit<JsonSource, 'maxBytes'>;

function rendered(type: ScalarType, { value, pool, writeText }: Cell): Rendered {
  const form = jsonForm(type);
  const render = (one: Value): string => (one === null ? 'null' : form(one));
  if (pool !== undefined) return renderedPool(pool.values.map(render), pool.placeOf);
  const text = (row: number): string => render(value(row));
  if (writeText !== undefined) return { text, write: quoted(writeText) };
  if (isInteger(type)) return { text, write: integer(value) };
  return { text, write: (page, at, row) => setText(page, at, text(row)) };
}

function renderedPool(texts: readonly string[], placeOf: (row: number) => number): Rendered {
  const pool = constants(texts.map((text) => Buffer.from(text)));
  return {
    text: (row) => texts[placeOf(row)] ?? 'null',
    write: (page, at, row) => setConstant(page, at, pool, placeOf(row)),
  };
}

const QUOTE = 34;

function quoted(write: PutRow): PutRow {
  return (page, at, row) => {
    page.view.setInt8(at, QUOTE);
    const end = write(page, at + 1, row);
    page.view.setInt8(end, QUOTE);
    return end + 1;
  };
}

function integer(value: Cell['value']): PutRow {
  return (page, at, row) => {
    const number = value(row);
    return typeof number === 'number' ? setDecimal(page, at, number) : setText(page, at, 'null');
  };
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
