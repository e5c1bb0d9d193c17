import { fakerPool } from './faker-pool.ts';
import type { Generator, JsonTemplate } from './generator.ts';
import { GENERATOR_VERSION, type ResolvedColumn, type ResolvedDataset } from './model.ts';

/** Another release of faker would not give the same first values. */
const PROBES = 16;

/** Canonical text of everything that shapes the content: equal texts, equal rows. */
export function fingerprint({
  seed,
  scale,
  schemaSql,
  tables,
}: Omit<ResolvedDataset, 'fingerprint'>): string {
  const columns = tables.flatMap((table) => table.columns);
  const fakers = new Map(columns.flatMap((column) => fakersOf(column.generator)));
  return JSON.stringify({
    generatorVersion: GENERATOR_VERSION,
    seed,
    scale,
    schemaSql,
    tables: tables.map((table) => ({ ...table, expect: undefined })),
    faker: [...fakers]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([method, refDate]) => [method, fakerPool(method, seed, refDate, PROBES)]),
    corpus: fakerPool('lorem.paragraph', 0, 0, PROBES),
  });
}

/** Faker's methods with the date that each takes for now. */
function fakersOf(generator: Generator<ResolvedColumn>): readonly (readonly [string, number])[] {
  if (generator.kind === 'faker') return [[generator.method, generator.refDate]];
  if (generator.kind === 'array' || generator.kind === 'indexed' || generator.kind === 'range')
    return fakersOf(generator.of);
  return generator.kind === 'json' ? fakersIn(generator.template) : [];
}

function fakersIn(template: JsonTemplate<ResolvedColumn>): readonly (readonly [string, number])[] {
  switch (template.kind) {
    case 'literal':
      return [];
    case 'object':
      return template.entries.flatMap(({ value }) => fakersIn(value));
    case 'list':
      return template.items.flatMap(fakersIn);
    case 'value':
      return fakersOf(template.generator);
  }
}
