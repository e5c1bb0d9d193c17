import type { ColumnType, ScalarKind, ScalarType } from './column-type.ts';
import type { Generator, JsonTemplate, TextLength } from './generator.ts';
import { match, type Cases } from './match.ts';
import type { ResolvedColumn } from './model.ts';
import { SPECIALS } from './special/special.ts';

/** Tuple header and line pointer (manual, 73.6.1), and half of the mean padding of alignment. */
const ROW_OVERHEAD = 24 + 4 + 4;

/** Bytes of a row in the heap, its TOAST included; good to some 20 %. */
export function bytesPerRow(columns: readonly ResolvedColumn[]): number {
  return Math.round(
    columns.reduce(
      (sum, column) => sum + (1 - column.nullFrac) * columnWidth(column.type, column.generator),
      ROW_OVERHEAD,
    ),
  );
}

function columnWidth(type: ColumnType, generator: Generator<ResolvedColumn>): number {
  if (type.kind === 'record') return 24 + type.fields.length * 8;
  if (type.kind !== 'array') return scalarWidth(type, generator);
  const length =
    generator.kind === 'array'
      ? (generator.length.mean ?? (generator.length.min + generator.length.max) / 2)
      : 1;
  return 24 + length * scalarWidth(type.element, generator.kind === 'array' ? generator.of : generator);
}

const WIDTHS: Readonly<Record<Exclude<ScalarKind, 'text' | 'json' | 'jsonb' | 'bytea' | 'special'>, number>> =
  {
    int2: 2,
    int4: 4,
    int8: 8,
    float4: 4,
    float8: 8,
    numeric: 7,
    bool: 1,
    uuid: 16,
    date: 4,
    timestamp: 8,
    timestamptz: 8,
    time: 8,
    interval: 16,
    enum: 4,
    inet: 7,
    cidr: 7,
    range: 22,
  };

function scalarWidth(type: ScalarType, generator: Generator<ResolvedColumn>): number {
  if (type.kind === 'text' || type.kind === 'json' || type.kind === 'jsonb' || type.kind === 'bytea')
    return 1 + textWidth(generator);
  if (type.kind === 'special') return SPECIALS[type.name].width;
  return WIDTHS[type.kind];
}

/** Of values that faker makes. */
const FAKER_WIDTH = 20;

const textWidth = (generator: Generator<ResolvedColumn>): number => match(generator, TEXT_WIDTHS, undefined);

const usual = (): number => FAKER_WIDTH;
const mean = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) / widths.length;

const TEXT_WIDTHS: Cases<Generator<ResolvedColumn>, undefined, number> = {
  text: ({ length }) => lengthOf(length),
  json: ({ template }) => templateWidth(template),
  bytes: ({ min, max }) => (min + max) / 2,
  choice: ({ values }) => mean(values.map((value) => String(value).length)),
  constant: ({ value }) => String(value).length,
  reference: ({ key }) => textWidth(key.generator),
  indexed: ({ of }) => textWidth(of),
  branch: ({ of }) => mean(of.map(textWidth)),
  code: () => 8,
  uuid: () => 36,
  faker: usual,
  sequence: usual,
  number: usual,
  permuted: usual,
  boolean: usual,
  inet: usual,
  series: usual,
  after: usual,
  array: usual,
  ordinal: usual,
  'distinct-choice': usual,
  special: usual,
  range: usual,
  record: usual,
};

/** Mean of a log-normal distribution between its percentiles; a word has some six letters and a blank. */
function lengthOf(length: TextLength): number {
  if (length.kind === 'words') return ((length.min + length.max) / 2) * 6.5;
  const sigma = Math.log(length.p95 / length.p50) / 1.6449;
  return Math.min(length.max, length.p50 * Math.exp(sigma ** 2 / 2));
}

function templateWidth(template: JsonTemplate<ResolvedColumn>): number {
  switch (template.kind) {
    case 'literal':
      return template.json.length;
    case 'object':
      return template.entries.reduce((sum, { key, value }) => sum + key.length + 8 + templateWidth(value), 8);
    case 'list':
      return template.items.reduce((sum, item) => sum + 4 + templateWidth(item), 8);
    case 'value':
      return scalarWidth(template.type, template.generator);
  }
}
