import { systemClock } from '#rooms/clock.js';
import { parseDataset, resolveDataset, type ResolvedDataset } from '#rooms/dataset/index.js';
import { formatIssue } from '#rooms/errors.js';
import { seedDataset, verifyDataset, type SeedProgress, type SeedSummary } from '#rooms/seed/index.js';
import { withSession, type ConnectionSettings, type Row } from '#rooms/target/index.js';

export interface SeedingFiles {
  readonly sql: string;
  readonly yaml?: string;
}

export function datasetOf({ sql, yaml = '' }: SeedingFiles, scale = 1): ResolvedDataset {
  const source = { file: 'test.yaml', text: `schema: ./test.sql\n${yaml}` };
  const parsed = parseDataset(source, () => ({ file: 'test.sql', text: sql }));
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  return resolveDataset(parsed.value, { scale });
}

/** A new database in the server; its settings. */
export async function newDatabase(server: ConnectionSettings, name: string): Promise<ConnectionSettings> {
  await withSession(server, 'seed', (session) => session.query(`CREATE DATABASE ${name}`));
  return { ...server, database: name };
}

export interface Seeding {
  readonly settings: ConnectionSettings;
  readonly dataset: ResolvedDataset;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SeedProgress) => void;
  readonly connections?: number;
  readonly ownServer?: boolean;
  readonly resume?: boolean;
}

export async function seeded({
  settings,
  dataset,
  signal = new AbortController().signal,
  onProgress = () => undefined,
  connections = 1,
  ownServer = true,
  resume = false,
}: Seeding): Promise<SeedSummary> {
  return await seedDataset({
    connection: settings,
    dataset,
    clock: systemClock,
    signal,
    onProgress,
    connections,
    ownServer,
    resume,
  });
}

export async function rowsOf(settings: ConnectionSettings, sql: string): Promise<readonly Row[]> {
  return await withSession(settings, 'audit', async (session) => (await session.query(sql)).rows);
}

/** Every constraint and index with its definition and comment, those of partitions too; not-null constraints aside. */
export const OBJECTS = `
SELECT c.conrelid::regclass::text || ': ' || c.conname || ' ' || pg_get_constraintdef(c.oid) || coalesce(' -- ' || obj_description(c.oid), '') AS object
FROM pg_constraint c WHERE c.conrelid >= 16384 AND c.contype <> 'n'
UNION ALL
SELECT pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END || CASE WHEN x.indisclustered THEN ' CLUSTERED' ELSE '' END
  || CASE WHEN x.indisreplident THEN ' REPLICA IDENTITY' ELSE '' END || coalesce(' -- ' || obj_description(x.indexrelid), '')
FROM pg_index x WHERE x.indrelid >= 16384 AND x.indrelid NOT IN (SELECT oid FROM pg_class WHERE relkind = 't')
ORDER BY 1`;

/** Sum of the hashes of all rows, by table. */
export async function contentOf(
  settings: ConnectionSettings,
  dataset: ResolvedDataset,
): Promise<Readonly<Record<string, string | null>>> {
  const signal = new AbortController().signal;
  const card = await verifyDataset({ connection: settings, dataset, exact: true, signal });
  return Object.fromEntries(card.tables.map(({ table, contentHash }) => [table, contentHash]));
}
