import type { ReportFile } from '../../result/index.ts';
import { formatDuration, milliseconds, type Milliseconds } from '../../units.ts';

/* What the pictures of a run have in common: where it ends, and its longest stall. */

/** Of the last phase, since the run's origin. */
export function runEnd({ phases, timeline }: ReportFile): Milliseconds {
  const ends = phases.map(({ startedAt, duration }) => startedAt + duration);
  const last = timeline.points.at(-1)?.at ?? 0;
  return milliseconds(ends.length === 0 ? last + timeline.interval : Math.max(...ends));
}

/** Below this a busy machine does it too. */
const NOTEWORTHY = 100;

/** In or after the migration phase; undefined where it was short. */
export function longestStall({
  phases,
}: ReportFile): { readonly at: Milliseconds; readonly duration: Milliseconds } | undefined {
  const [longest] = phases
    .filter(({ name }) => name === 'migration' || name === 'recovery')
    .toSorted((a, b) => b.longestStall - a.longestStall);
  return longest === undefined || longest.longestStall < NOTEWORTHY
    ? undefined
    : { at: longest.longestStallAt, duration: longest.longestStall };
}

export function stallSentence(report: ReportFile): string {
  const { migration } = report;
  const stall = longestStall(report);
  return [
    migration === undefined
      ? 'No migration ran.'
      : `The migration began ${formatDuration(migration.startedAt)} after the start of the traffic and took ${formatDuration(migration.duration)}.`,
    stall === undefined
      ? 'The traffic went on all the time.'
      : `From ${formatDuration(stall.at)} on nothing completed for ${formatDuration(stall.duration)}.`,
  ].join(' ');
}
