import type { Issue } from '../errors.ts';
import { splitStatements } from '../postgres/index.ts';
import { milliseconds } from '../units.ts';

import type { ScenarioFile } from './definition.ts';
import { locationAt, type IssueAt } from './issues.ts';
import type { Actor } from './scenario.ts';

/** Before the migration, so that an actor of the migration phase already holds its locks when it begins. */
const DEFAULT_LEAD = milliseconds(-1_000);

export function parseActors(file: ScenarioFile['actors'], issueAt: IssueAt, issues: Issue[]): Actor[] {
  return Object.entries(file).map(([name, actor]) => {
    const path = ['actors', name, 'query'];
    const parsed = splitStatements(actor.query);
    if (!parsed.ok) issues.push(issueAt(path, `not SQL: ${parsed.mistake.message}`));
    else if (parsed.statements.length !== 1)
      issues.push(issueAt(path, `expected one statement, found ${parsed.statements.length}`));
    return {
      name,
      kind: actor.kind,
      query: actor.query,
      phase: actor.phase,
      start: actor.start ?? (actor.phase === 'migration' ? DEFAULT_LEAD : milliseconds(0)),
      duration: actor.duration,
      location: locationAt(issueAt, path),
    };
  });
}
