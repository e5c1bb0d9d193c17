import { columnSampler, type ResolvedDataset, type ResolvedTable } from '../dataset/index.ts';
import { didYouMean } from '../document/index.ts';
import { Failure } from '../errors.ts';
import { formatCount } from '../units.ts';

import type { SampleArguments } from './dataset-command.ts';
import { countOf, loadDataset } from './dataset-file.ts';
import { toStdout } from './output.ts';
import { tableOfText } from './text-table.ts';

export function printSample(options: SampleArguments): void {
  const dataset = loadDataset(options);
  const count = countOf('n', options.n, 100_000);
  const samples = tablesNamed(dataset, options.tables ?? []).map((table) => sampleOf(table, count));
  toStdout(options.json ? asJson(samples) : samples.map(asText).join('\n'));
}

function tablesNamed(dataset: ResolvedDataset, names: readonly string[]): readonly ResolvedTable[] {
  if (names.length === 0) return dataset.tables;
  const known = dataset.tables.map(({ display }) => display);
  return names.map((name) => {
    const table = dataset.tables.find(({ display }) => display === name);
    if (table !== undefined) return table;
    const { hint } = didYouMean(name, known);
    throw new Failure('usage', {
      message: `the dataset has no table ${JSON.stringify(name)}; it has ${known.join(', ')}`,
      where: dataset.file,
      ...(hint === undefined ? {} : { hint }),
    });
  });
}

interface Sample {
  readonly table: ResolvedTable;
  readonly rows: readonly (readonly (string | null)[])[];
}

function sampleOf(table: ResolvedTable, count: number): Sample {
  const samplers = table.columns.map((column) => columnSampler(column));
  const rows = Array.from({ length: Math.min(count, table.rows) }, (_, row) =>
    samplers.map((sample) => sample(row)),
  );
  return { table, rows };
}

/** Values as PostgreSQL prints them, in full. */
function asJson(samples: readonly Sample[]): string {
  const content = Object.fromEntries(
    samples.map(({ table, rows }) => [
      table.display,
      rows.map((row) =>
        Object.fromEntries(table.columns.map(({ name }, index) => [name, row[index] ?? null])),
      ),
    ]),
  );
  return `${JSON.stringify(content, undefined, 1)}\n`;
}

/** Wider values are cut. */
const WIDEST = 40;

function asText({ table, rows }: Sample): string {
  const heading = `${table.display}   ${rows.length} of ${formatCount(table.rows)} rows`;
  if (table.columns.length === 0) return `${heading}\n  every column is filled by the server\n`;
  const headings = table.columns.map(({ name }) => name);
  return `${heading}\n${tableOfText(
    headings,
    rows.map((row) => row.map(cellText)),
    table.columns.map(({ type }) => (NUMBERS.includes(type.kind) ? 'right' : 'left')),
  )}`;
}

const NUMBERS: readonly string[] = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'];

function cellText(value: string | null): string {
  if (value === null) return 'NULL';
  const line = value.replaceAll('\n', '\\n');
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
}
