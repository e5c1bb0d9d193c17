import { RandomDraws, randomKey, weightedSampler } from '../statistics/index.ts';

import { drawsOf, pooledCell, type Cell, type Scope } from './cells/cell.ts';
import {
  arrayCell,
  jsonList,
  jsonLiteral,
  jsonObject,
  jsonValue,
  type JsonSource,
} from './cells/composites.ts';
import { fakerCell, widest } from './cells/faker.ts';
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
import { distinctChoice, reference } from './cells/references.ts';
import { bytesCell, code, inetCell, textCell } from './cells/texts.ts';
import { uuid } from './cells/uuid.ts';
import { layoutReader } from './fan-out.ts';
import type { Generator, JsonTemplate, Lag, Value } from './generator.ts';
import { match, type Cases } from './match.ts';
import type { ResolvedColumn } from './model.ts';
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
  const cell = generatorCell(column.generator, scopeOf(column));
  if (column.nullFrac === 0) return cell;
  const draws = new RandomDraws(randomKey(column.seed, column.table, column.name, 'null'));
  const isNull = (row: number): boolean => draws.at(row).next() < column.nullFrac;
  const { write } = cell;
  return {
    value: (row) => (isNull(row) ? null : cell.value(row)),
    maxBytes: cell.maxBytes,
    ...(write === undefined
      ? {}
      : { write: (buffer, at, row) => (isNull(row) ? buffer.writeInt32BE(-1, at) : write(buffer, at, row)) }),
  };
}

function scopeOf(column: ResolvedColumn): Scope {
  return {
    seed: column.seed,
    path: [column.table, column.name],
    type: column.type,
    rows: column.rows,
    layout: layoutReader(column.layout, column.rows, randomKey(column.seed, column.table, '', 'fan-out')),
  };
}

// A number is 8 bytes at most, a numeric 22.
const numberCell = (value: (row: number) => Value): Cell => ({ value, maxBytes: 24 });

const generatorCell = (generator: Generator<ResolvedColumn>, scope: Scope): Cell =>
  match(generator, CELLS, scope);

const CELLS: Cases<Generator<ResolvedColumn>, Scope, Cell> = {
  constant: ({ value }) => ({ value: () => value, maxBytes: widestOf([value]) }),
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
  reference: ({ key, pick }, scope) => reference(pick, columnCell(key), scopeOf(key), scope),
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
    return pooledCell({ values, placeOf: (row) => pick(draws.at(row)) }, widestOf(values));
  },
  'distinct-choice': ({ values }, scope) => ({
    value: distinctChoice(values, scope),
    maxBytes: widest(values),
  }),
  json: ({ template }, scope) => {
    const { text, maxBytes } = jsonSource(template, scope);
    return { value: text, maxBytes: maxBytes + 1 };
  },
  array: ({ of, length }, scope) =>
    arrayCell(length, generatorCell(of, elementScope(scope, length.max)), scope),
};

/** Bytes of constant values: lists have a header and a length word for each element. */
function widestOf(values: readonly Value[]): number {
  return Math.max(
    0,
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
  return { ...scope, path: [...scope.path, 'element'], type, rows: scope.rows * max };
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
      const inner = { ...scope, type: template.type };
      return jsonValue(template.type, template.nullFrac, generatorCell(template.generator, inner), inner);
    }
  }
}
