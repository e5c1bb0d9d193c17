import type { Session } from '../target/index.ts';

import { shareOut, type Crew } from './crew.ts';
import { seedFailure } from './failure.ts';
import { partReached, type PartRecord } from './manifest.ts';
import type { StageTeller } from './stages.ts';
import {
  buildCost,
  isToAttach,
  isToBuild,
  isToCheck,
  itemOfBuild,
  itemOfCheck,
  rowsByRelation,
  type Work,
} from './work.ts';

export interface Building {
  readonly crew: Crew;
  readonly sessions: readonly Session[];
  readonly work: Work;
  readonly teller: StageTeller;
}

/** Indexes, those under keys too, side by side: each touches one table, so they never wait for each other in a ring. */
export async function buildIndexes({ crew, sessions, work, teller }: Building): Promise<void> {
  const rows = rowsByRelation(work.relations);
  const cost = (record: PartRecord): number => buildCost(record, rows.get(record.part.relation) ?? 0);
  const tasks = work.parts.filter(isToBuild).toSorted((one, other) => cost(other) - cost(one));
  await shareOut(crew, { workers: sessions, tasks }, async (session, record) => {
    const { part, n } = record;
    await teller.during(session, { item: itemOfBuild(record), name: part.name }, () =>
      partStep(session, record, `${part.build ?? ''}; ${partReached([n], 'built')}`),
    );
  });
}

/**
 * One after another, parents before partitions, foreign keys after the keys that they refer to (the key of a partitioned table is
 * valid once those of all partitions are attached): only the catalog changes.
 */
export async function attachParts(session: Session, work: Work): Promise<void> {
  const isForeignKey = ({ part }: PartRecord): boolean => part.index === null;
  const parts = work.parts.filter(isToAttach);
  const inOrder = [...parts.filter((record) => !isForeignKey(record)), ...parts.filter(isForeignKey)];
  for (const record of inOrder) {
    const statements = [...record.part.attach, partReached([record.n], 'attached')];
    await partStep(session, record, statements.join('; '));
  }
}

/** Foreign keys. First those that lock both of their tables, one at a time, then the others side by side. */
export async function checkForeignKeys({ crew, sessions, work, teller }: Building): Promise<void> {
  const rows = rowsByRelation(work.relations);
  const rowsOf = ({ part }: PartRecord): number => rows.get(part.relation) ?? 0;
  const tasks = work.parts.filter(isToCheck).toSorted((one, other) => rowsOf(other) - rowsOf(one));
  const isAlone = ({ part }: PartRecord): boolean => part.check?.alone === true;
  const check = async (session: Session, record: PartRecord): Promise<void> => {
    const { part, n } = record;
    await teller.during(session, { item: itemOfCheck(record), name: part.name }, () =>
      partStep(session, record, `${part.check?.statement ?? ''}; ${partReached([n], 'checked')}`),
    );
  };
  const [first] = sessions;
  for (const record of tasks.filter(isAlone)) if (first !== undefined) await check(first, record);
  await shareOut(crew, { workers: sessions, tasks: tasks.filter((record) => !isAlone(record)) }, check);
}

/** One text, one transaction: what is done is recorded or has not happened. */
async function partStep(session: Session, { part }: PartRecord, text: string): Promise<void> {
  try {
    await session.query(text);
  } catch (error) {
    throw seedFailure(error, { doing: `building ${part.name}`, where: `table ${part.table}` });
  }
}
