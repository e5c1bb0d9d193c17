import { randomKey, weightedSampler } from '../statistics/index.ts';

import { drawsOf, pooledCell, type Cell, type Scope } from './cells/cell.ts';
import {
  arrayCell,
  jsonCell,
  jsonList,
  jsonLiteral,
  jsonObject,
  jsonValue,
  type JsonSource,
} from './cells/composites.ts';
import { fakerCell, widest } from './cells/faker.ts';
import { indexedCell } from './cells/indexed.ts';
import {
  drawLag,
  drawnNumber,
  microsecondsPerUnit,
  ordinal,
  permuted,
  sequence,
  series,
  timeValue,
} from './cells/numbers.ts';
import { branchCell, rangeCell, recordCell, specialCell } from './cells/mixed.ts';
import { distinctChoice, reference } from './cells/references.ts';
import { bytesCell, code, inetCell, textCell } from './cells/texts.ts';
import { uuid } from './cells/uuid.ts';
import type { ColumnType } from './column-type.ts';
import { layoutReader } from './fan-out.ts';
import type { Generator, JsonTemplate, Lag, Value } from './generator.ts';
import { match, type Cases } from './match.ts';
import type { ResolvedColumn } from './model.ts';
import { countedNulls, nullReader } from './nulls.ts';
import { textForm } from './text-form.ts';

/** The value of any row as PostgreSQL prints it (`value::text`, time zone UTC), in microseconds of time. */
export function columnSampler(column: ResolvedColumn): (row: number) => string | null {
  const { value } = columnCell(column);
  const form = textForm(column.type);
  return (row) => {
    const drawn = value(row);
    return drawn === null ? null : form(drawn);
  };
}

/** The column made ready, NULLs included. */
export function columnCell(column: ResolvedColumn): Cell {
  const { nullFrac, rows, generator } = column;
  if (nullFrac === 0) return generatorCell(generator, scopeOf(column));
  const key = randomKey(column.seed, column.table, column.name, 'null');
  const counted = generator.kind === 'indexed' ? countedNulls(nullFrac, rows, key) : undefined;
  const { isNull } = counted ?? nullReader(nullFrac, rows, key);
  const cell = generatorCell(generator, { ...scopeOf(column), nulls: counted });
  return {
    value: (row) => (isNull(row) ? null : cell.value(row)),
    maxBytes: cell.maxBytes,
    nullable: { isNull, cell },
  };
}

export function scopeOf(column: ResolvedColumn): Scope {
  return {
    seed: column.seed,
    path: [column.table, column.name],
    type: column.type,
    rows: column.rows,
    layout: layoutReader(column.layout, column.rows, randomKey(column.seed, column.table, '', 'fan-out')),
    nulls: undefined,
  };
}

// A number is 8 bytes at most, a numeric 22.
const numberCell = (value: (row: number) => Value): Cell => ({ value, maxBytes: 24 });

export const generatorCell = (generator: Generator<ResolvedColumn>, scope: Scope): Cell =>
  match(generator, CELLS, scope);

const CELLS: Cases<Generator<ResolvedColumn>, Scope, Cell> = {
  constant: ({ value }, { type }) => ({ value: () => value, maxBytes: widestOf([value], type) }),
  sequence: ({ start, step }, scope) => numberCell(sequence(start, step, scope)),
  number: (generator, scope) => numberCell(drawnNumber(generator, scope)),
  permuted: ({ min }, scope) => numberCell(permuted(min, scope)),
  ordinal: ({ start }, scope) => numberCell(ordinal(start, scope)),
  series: (generator, scope) => numberCell(series(generator, scope)),
  after: ({ base, lag }, scope) => numberCell(after(base, lag, scope)),
  boolean: ({ share }, scope) => {
    const draws = drawsOf(scope);
    return numberCell((row) => (draws.at(row).next() < share ? 1 : 0));
  },
  reference: (generator, scope) =>
    reference(generator, columnCell(generator.key), scopeOf(generator.key), scope),
  indexed: (generator, scope) => indexedCell(generator, scope, generatorCell),
  special: (generator, scope) => specialCell(generator, scope),
  range: (generator, scope) => rangeCell(generator, scope, generatorCell),
  record: ({ fields }, scope) => recordCell(fields, scope, generatorCell),
  branch: (generator, scope) => branchCell(generator, scope, generatorCell),
  uuid: (generator, scope) => {
    const cell = uuid(generator, scope);
    return scope.type.kind === 'uuid' ? cell : { value: cell.value, maxBytes: 36 };
  },
  faker: fakerCell,
  text: textCell,
  code: ({ max }, scope) => code(max, scope),
  bytes: bytesCell,
  inet: (_, scope) => inetCell(scope),
  choice: ({ values, weights }, scope) => {
    const draws = drawsOf(scope);
    const pick = weightedSampler(weights);
    return pooledCell({ values, placeOf: (row) => pick(draws.at(row)) }, widestOf(values, scope.type));
  },
  'distinct-choice': ({ values }, scope) => ({
    value: distinctChoice(values, scope),
    maxBytes: widest(values),
  }),
  json: ({ template }, scope) => jsonCell(jsonSource(template, scope), scope),
  array: ({ of, length }, scope) =>
    arrayCell(length, generatorCell(of, elementScope(scope, length.max)), scope),
};

/** Bytes of constant values: lists have a header and a length word for each element; bounds and lexemes have lengths. */
function widestOf(values: readonly Value[], type: ColumnType): number {
  const hasParts = type.kind === 'range' || type.kind === 'special' || type.kind === 'record';
  return Math.max(
    hasParts ? widest(values) * 8 : 0,
    ...values.map((value) =>
      Array.isArray(value) ? 20 + value.length * (4 + widest(value)) : widest([value]),
    ),
  );
}

function after(base: ResolvedColumn, lag: Lag, scope: Scope): (row: number) => number | null {
  const { value } = columnCell(base);
  const from = microsecondsPerUnit(base.type);
  const asValue = timeValue(scope.type);
  const draws = drawsOf(scope);
  return (row) => {
    const start = value(row);
    return typeof start === 'number' ? asValue(start * from + drawLag(lag, draws.at(row))) : null;
  };
}

/** Each row has `max` places, whether it fills them or not. */
function elementScope(scope: Scope, max: number): Scope {
  const type = scope.type.kind === 'array' ? scope.type.element : scope.type;
  return { ...scope, path: [...scope.path, 'element'], type, rows: scope.rows * max, nulls: undefined };
}

function jsonSource(template: JsonTemplate<ResolvedColumn>, scope: Scope): JsonSource {
  switch (template.kind) {
    case 'literal':
      return jsonLiteral(template.json);
    case 'object':
      return jsonObject(
        template.entries.map(({ key, value }) => [
          key,
          jsonSource(value, { ...scope, path: [...scope.path, key] }),
        ]),
      );
    case 'list':
      return jsonList(
        template.items.map((item, index) =>
          jsonSource(item, { ...scope, path: [...scope.path, String(index)] }),
        ),
      );
    case 'value': {
      const inner = { ...scope, type: template.type, nulls: undefined };
      return jsonValue(template.type, template.nullFrac, generatorCell(template.generator, inner), inner);
    }
  }
}
