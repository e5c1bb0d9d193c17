import { Failure } from '../errors.ts';
import type { MigrationStep, Plan, ResolvedDataset } from '../plan/index.ts';
import { beyondDatabase } from '../postgres/index.ts';
import type { Concern } from '../target/index.ts';

/* On a server that is not ours nobody puts back what was changed outside of the run's database. */

/** A statement that changes the whole server, and where it stands: `my.sql:12`. */
interface FarReach {
  readonly command: string;
  readonly place: string;
}

type Reaching = Pick<Plan, 'dataset'> & { readonly scenario: Pick<Plan['scenario'], 'migration'> };

/**
 * Asks nothing of the server. Returns what was tolerated, a sentence. Throws `Failure('usage')` for statements that reach beyond their database, as far as their text
 * says so.
 */
export function requireWithinDatabase(
  { scenario, dataset }: Reaching,
  tolerated: readonly Concern[],
): readonly string[] {
  return [
    ...judged(MIGRATION, scenario.migration.flatMap(stepReaches), tolerated),
    ...(dataset.kind === 'generated' ? requireSchemaWithinDatabase(dataset.resolved, tolerated) : []),
  ];
}

/** The same for what is loaded. */
export const requireSchemaWithinDatabase = (
  dataset: ResolvedDataset,
  tolerated: readonly Concern[],
): readonly string[] => judged(SCHEMA, schemaReaches(dataset), tolerated);

interface Subject {
  readonly name: string;
  /** Instead of it. */
  readonly hint: string;
}

const MIGRATION: Subject = {
  name: 'the migration',
  hint: 'rehearse it on a server of its own (--target embedded, or container:…)',
};
const SCHEMA: Subject = { name: 'the schema of the dataset', hint: 'take it out of the schema file' };

function judged(
  { name, hint }: Subject,
  reaches: readonly FarReach[],
  tolerated: readonly Concern[],
): readonly string[] {
  const [first] = reaches;
  if (first === undefined) return [];
  const all = reaches.map(({ command, place }) => `${command} (${place})`).join(', ');
  if (tolerated.includes('cluster'))
    return [`${name} reaches beyond its database, which is not undone (--tolerate cluster): ${all}`];
  throw new Failure('usage', {
    where: first.place,
    message: `${name} reaches beyond its database, and what it changes on the whole server would stay: ${all}`,
    hint: `${hint}; or, where the server may stay so, say it: --tolerate cluster`,
  });
}

/** Of a command nobody knows before it ran. */
function stepReaches(step: MigrationStep): readonly FarReach[] {
  if (step.kind !== 'sql') return [];
  const { file, location } = step;
  return step.units
    .flatMap(({ statements }) => statements)
    .flatMap(({ text, line }) =>
      beyondDatabase(text).map((command) => ({
        command,
        place: file === undefined ? placeOf(location.file, location.line) : placeOf(file, line),
      })),
    );
}

const schemaReaches = ({ schemaFile, schemaStatements }: ResolvedDataset): readonly FarReach[] =>
  schemaStatements.flatMap(({ text, line }) =>
    beyondDatabase(text).map((command) => ({ command, place: placeOf(schemaFile, line) })),
  );

const placeOf = (file: string, line: number | undefined): string =>
  line === undefined ? file : `${file}:${line}`;
