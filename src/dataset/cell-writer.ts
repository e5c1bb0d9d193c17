import { binaryWriter, elementOidOf, type Writer } from './binary-form.ts';
import type { Cell, List, PutRow } from './cells/cell.ts';
import type { ArrayType, ColumnType } from './column-type.ts';
import type { Value } from './generator.ts';
import { constants, Page, setConstant, setInt16, setInt32, setInt64, setLength, SLACK } from './page.ts';

/** Writes the length word and the value of a row. `elementOid`: as of `binaryWriter`. */
export function cellWriter(type: ColumnType, cell: Cell, elementOid?: number): PutRow {
  const { nullable, list, pool, value, write } = cell;
  if (nullable !== undefined)
    return nullableWriter(nullable.isNull, cellWriter(type, nullable.cell, elementOid));
  if (write !== undefined) return write;
  if (list !== undefined && type.kind === 'array') return listWriter(list, type, elementOid);
  const body = binaryWriter(type, elementOid);
  if (pool !== undefined) return pooledWriter(pool.placeOf, encodedPool(pool.values, body, cell.maxBytes));
  const wholeNumber = WHOLE_NUMBERS[type.kind];
  if (wholeNumber !== undefined) return numberWriter(wholeNumber, value);
  return (page, at, row) => setSized(page, at, value(row), body);
}

const NULL_LENGTH = -1;

function nullableWriter(isNull: (row: number) => boolean, write: PutRow): PutRow {
  return (page, at, row) => (isNull(row) ? setInt32(page, at, NULL_LENGTH) : write(page, at, row));
}

function setSized(page: Page, at: number, value: Value, body: Writer): number {
  if (value === null) return setInt32(page, at, NULL_LENGTH);
  return setLength(page, at, body(value, page.bytes, at + 4));
}

/** Length words included. */
function encodedPool(values: readonly Value[], body: Writer, maxBytes: number): readonly Buffer[] {
  const scratch = new Page(Buffer.alloc(maxBytes + 4 + SLACK));
  return values.map((value) => Buffer.from(scratch.bytes.subarray(0, setSized(scratch, 0, value, body))));
}

function pooledWriter(placeOf: (row: number) => number, pieces: readonly Buffer[]): PutRow {
  const pool = constants(pieces);
  return (page, at, row) => setConstant(page, at, pool, placeOf(row));
}

interface WholeNumber {
  readonly size: number;
  readonly set: (page: Page, at: number, value: number) => number;
}

const EIGHT_BYTES: WholeNumber = { size: 8, set: setInt64 };
const FOUR_BYTES: WholeNumber = { size: 4, set: setInt32 };

/** Types that are one whole number. */
const WHOLE_NUMBERS: Partial<Record<ColumnType['kind'], WholeNumber>> = {
  int2: { size: 2, set: setInt16 },
  int4: FOUR_BYTES,
  date: FOUR_BYTES,
  int8: EIGHT_BYTES,
  timestamp: EIGHT_BYTES,
  timestamptz: EIGHT_BYTES,
  time: EIGHT_BYTES,
};

function numberWriter({ size, set }: WholeNumber, value: Cell['value']): PutRow {
  return (page, at, row) => {
    const number = value(row);
    return typeof number === 'number'
      ? set(page, setInt32(page, at, size), number)
      : setInt32(page, at, NULL_LENGTH);
  };
}

/** array_recv: dimensions, flags, OID of the elements, size and lower bound of each dimension, then the elements. */
function listWriter({ sizeOf, element, most }: List, type: ArrayType, elementOid?: number): PutRow {
  const oid = elementOidOf(type, elementOid);
  const write = cellWriter(type.element, element);
  return (page, at, row) => {
    const size = sizeOf(row);
    setInt32(page, at + 4, size === 0 ? 0 : 1);
    setInt32(page, at + 8, 0);
    let end = setInt32(page, at + 12, oid);
    if (size > 0) end = setInt32(page, setInt32(page, end, size), 1);
    const first = row * most;
    for (let index = 0; index < size; index++) end = write(page, end, first + index);
    return setLength(page, at, end);
  };
}
