import type { ResolvedDataset, ResolvedTable } from '../dataset/index.ts';

import type { StoredRelation } from './catalog.ts';
import type { PartRecord } from './manifest.ts';
import type { WorkItem } from './progress.ts';
import type { LoadUnit } from './units.ts';

/** What a load has to do after the schema, as far as an interrupted one has not done it. */
export interface Work {
  readonly units: readonly LoadUnit[];
  /** Largest first. */
  readonly relations: readonly Relation[];
  /** Those that are still to be vacuumed. */
  readonly unsettled: readonly Relation[];
  readonly parts: readonly PartRecord[];
}

/** A relation that holds rows of the dataset. */
export interface Relation extends StoredRelation {
  readonly display: string;
  readonly rows: number;
  readonly bytes: number;
  /** Share of dead tuples that it shall have. */
  readonly deadTuples: number;
  /** Its rows came through its parent: not frozen, and without dead tuples among them. */
  readonly throughParent: boolean;
  /** Dead tuples did not come with its rows. */
  readonly toBeAged: boolean;
}

export function relationsOf(
  dataset: ResolvedDataset,
  stored: readonly StoredRelation[],
): readonly Relation[] {
  return dataset.tables
    .flatMap((table) => {
      const mine = stored.filter((relation) => relation.table === table.sqlName);
      return mine.map((relation) => relationOf(relation, table, mine.length));
    })
    .toSorted((one, other) => other.bytes - one.bytes);
}

function relationOf(relation: StoredRelation, table: ResolvedTable, leaves: number): Relation {
  const { deadTuples } = table.storage;
  const throughParent = table.partitioned && table.routes === undefined;
  const route = table.routes?.find(({ sqlName }) => sqlName === relation.quoted);
  // Nobody knows how rows spread over partitions that the server chooses.
  const spread = table.rows / Math.max(1, leaves);
  const rows = table.routes === undefined ? spread : route === undefined ? 0 : route.to - route.from;
  return {
    ...relation,
    display: table.display,
    rows,
    bytes: (rows * table.bytesPerRow) / (1 - deadTuples),
    deadTuples,
    throughParent,
    toBeAged: deadTuples > 0 && (throughParent || table.columns.length === 0),
  };
}

/*
 * Costs in bytes of COPY. The factors are measured on the shop at scale 0.05, two connections: the time of each kind of work
 * beside that of COPY.
 */
const STATEMENT_OVERHEAD = 40_000;
const PER_ENTRY = 15;
const PER_INVERTED_ENTRY = 300;
const PER_CHECKED_ROW = 8;
const PER_VACUUMED_BYTE = 0.04;
/** ANALYZE reads no more pages than these. */
const SAMPLE_BYTES = 30_000 * 8_192;
const PER_SAMPLED_BYTE = 0.23;

export const itemOfSettling = ({ relation }: Relation): string => `settle ${relation}`;
export const itemOfBuild = ({ n }: PartRecord): string => `build ${n}`;
export const itemOfCheck = ({ n }: PartRecord): string => `check ${n}`;
export const itemOfAnalyze = (table: ResolvedTable): string => `analyze ${table.sqlName}`;

export function workItems(
  dataset: ResolvedDataset,
  { units, relations, unsettled, parts }: Work,
): readonly WorkItem[] {
  const rows = rowsByRelation(relations);
  const rowsOf = ({ part }: PartRecord): number => rows.get(part.relation) ?? 0;
  const item = (name: string, cost: number): WorkItem => ({ name, cost: cost + STATEMENT_OVERHEAD });
  return [
    ...units.map((unit) => item(unit.name, unit.bytes)),
    ...unsettled.map((relation) => item(itemOfSettling(relation), relation.bytes * PER_VACUUMED_BYTE)),
    ...parts.filter(isToBuild).map((record) => item(itemOfBuild(record), buildCost(record, rowsOf(record)))),
    ...parts.filter(isToCheck).map((record) => item(itemOfCheck(record), rowsOf(record) * PER_CHECKED_ROW)),
    ...dataset.tables.map((table) =>
      item(itemOfAnalyze(table), Math.min(table.rows * table.bytesPerRow, SAMPLE_BYTES) * PER_SAMPLED_BYTE),
    ),
  ];
}

const isStanding = ({ state }: PartRecord): boolean => state === 'standing' || state === 'dropped';
export const isToBuild = (record: PartRecord): boolean => record.part.build !== null && isStanding(record);
export const isToAttach = (record: PartRecord): boolean => isStanding(record) || record.state === 'built';
export const isToCheck = (record: PartRecord): boolean =>
  record.part.check !== null && (isToAttach(record) || record.state === 'attached');

export function buildCost({ part }: PartRecord, rows: number): number {
  // A partitioned table's index is a mere name over those of its partitions.
  if (/\bON ONLY\b/.test(part.build ?? '')) return 0;
  return rows * (/ USING (?:gin|gist|spgist) /.test(part.build ?? '') ? PER_INVERTED_ENTRY : PER_ENTRY);
}

/** Of a partitioned table those of all its partitions: its foreign keys are checked over all. */
export function rowsByRelation(relations: readonly Relation[]): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  const add = (name: string, n: number): void => void rows.set(name, (rows.get(name) ?? 0) + n);
  for (const relation of relations) {
    add(relation.relation, relation.rows);
    if (relation.root !== relation.relation) add(relation.root, relation.rows);
  }
  return rows;
}
