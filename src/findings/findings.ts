import { SEVERITIES, type Finding, type Result } from '../result/index.ts';

import { FINDINGS } from './catalogue.ts';
import { statementsOf } from './statements.ts';

/** Every hazard that the result shows: danger first, then in the order of the migration's steps. */
export function findingsOf(result: Result): readonly Finding[] {
  const accepted = new Map(result.scenario.accept.map(({ finding, reason }) => [finding, reason]));
  const scene = { result, statements: statementsOf(result) };
  return FINDINGS.flatMap(({ id, manual, why, detect }) =>
    detect(scene).map((observed) => ({ id, manual, why, ...observed, accepted: accepted.get(id) })),
  ).sort(bySeverityThenStep);
}

function bySeverityThenStep(a: Finding, b: Finding): number {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severity === 0 ? (a.step ?? Infinity) - (b.step ?? Infinity) || 0 : severity;
}
