import { Failure } from '../../errors.ts';
import type { ColumnType } from '../column-type.ts';
import { fakerPool, type FakerValue } from '../faker-pool.ts';
import type { FakerGenerator, Value } from '../generator.ts';
import { literal } from '../literal.ts';
import { constants, setConstant, setLength } from '../page.ts';

import { drawsOf, pooledCell, type Cell, type PutRow, type Scope } from './cell.ts';
import { MAX_SUFFIX, setSuffix, roomBeforeSuffix, rowSuffix } from './texts.ts';

/** Values of a pool; where they must differ, with the row number in them. */
export function fakerCell(generator: FakerGenerator, scope: Scope): Cell {
  const pool = fakerPool(generator.method, scope.seed, generator.refDate);
  return generator.unique ? suffixed(pool, generator, scope) : pooled(pool, generator, scope);
}

function pooled(pool: readonly FakerValue[], { method, max }: FakerGenerator, scope: Scope): Cell {
  const draws = drawsOf(scope);
  const values = pool.map((value) => fakerLiteral(value, scope.type, max) ?? refuse(method, value));
  return pooledCell({ values, placeOf: (row) => draws.at(row).below(values.length) }, widest(values));
}

/** A faker value as one of the column; undefined where the type can not hold it. */
export function fakerLiteral(
  value: FakerValue,
  type: ColumnType,
  max: number | undefined,
): Value | undefined {
  const plain =
    value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? Number(value) : value;
  if (type.kind === 'text') return String(plain).slice(0, max).trimEnd();
  const read = literal(type, plain);
  return read.ok ? read.value : undefined;
}

function refuse(method: string, value: FakerValue): never {
  throw new Failure('dataset.impossible', {
    message: `faker's ${method} gave ${String(value)}, which the column's type can not hold`,
  });
}

/** A number, or an address, which is longer than its text: `::1`. */
const SHORT_VALUE = 24;

export function widest(values: readonly Value[]): number {
  return values.reduce<number>(
    (most, value) => Math.max(most, typeof value === 'string' ? Buffer.byteLength(value) : 0),
    SHORT_VALUE,
  );
}

function suffixed(pool: readonly FakerValue[], { max }: FakerGenerator, scope: Scope): Cell {
  const draws = drawsOf(scope);
  const room = roomBeforeSuffix(max, true, scope.rows);
  const parts = pool.map((value) => split(String(value), room));
  const pieces = constants(parts.flatMap(([head, tail]) => [Buffer.from(head), Buffer.from(tail)]));
  const write: PutRow = (page, at, row) => {
    const place = draws.at(row).below(parts.length) * 2;
    const middle = setSuffix(page, setConstant(page, at + 4, pieces, place), row);
    return setLength(page, at, setConstant(page, middle, pieces, place + 1));
  };
  return {
    value: (row) => {
      const [head, tail] = parts[draws.at(row).below(parts.length)] ?? NOTHING;
      return head + rowSuffix(row) + tail;
    },
    maxBytes: widest(parts.map((part) => part.join(''))) + MAX_SUFFIX,
    ...(scope.type.kind === 'text' ? { write } : {}),
  };
}

const NOTHING = ['', ''] as const;

/** The suffix goes before the @ of an e-mail address, else to the end. */
function split(text: string, room: number): readonly [string, string] {
  const at = text.indexOf('@');
  const tail = at < 0 ? '' : text.slice(at);
  if (tail.length >= room) return [text.slice(0, room), ''];
  return [text.slice(0, Math.min(room - tail.length, at < 0 ? text.length : at)), tail];
}
