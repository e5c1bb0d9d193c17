import type { Result } from '../result/index.ts';
import { milliseconds } from '../units.ts';

import type { Observed, Scene } from './observed.ts';
import { inQuietHour, saferWay } from './safer.ts';
import { estimateAtFullScale, severityOf, worse } from './severity.ts';
import { longestHold, placeOf, type MigrationStatement } from './statements.ts';
import { impactSentence, sufferingFrom, nobodyNeeded } from './suffering.ts';
import { workSentence } from './work-sentence.ts';

interface GrowingWork {
  readonly at: MigrationStatement;
  readonly relation: string;
  readonly rows: number;
  readonly title: string;
}

/** A finding on work under a lock whose cost grows with the table: this run's harm, or the one expected at scale 1. */
export function growingWork(scene: Scene, { at, relation, rows, title }: GrowingWork): Observed {
  const { statement, step, blocking } = at;
  const estimate = estimateAtFullScale(statement.working, rows, scene.result.dataset.scale);
  const held = milliseconds(Math.max(longestHold(blocking), statement.working));
  const expected = nobodyNeeded(step, held) && estimate.severity === 'danger' ? 'warning' : estimate.severity;
  const suffered = milliseconds(Math.min(sufferingFrom(scene, at), held));
  return {
    severity: worse(severityOf(suffered), expected),
    ...placeOf(at),
    relation,
    title,
    evidence: [workSentence(at), impactSentence(step.impact)],
    estimate: estimate.sentence,
    safer: saferWay(statement, scene.result) ?? inQuietHour(statement.text),
  };
}

/** As the file says, or as the dataset was loaded: the catalog's count is 0 until the table has been analysed. */
export function rowsOf(result: Result, relation: string, seen: number): number {
  const before = result.relations.find(({ name }) => name === relation)?.before?.rows ?? 0;
  return Math.max(seen, before, result.dataset.rows[relation] ?? 0);
}
