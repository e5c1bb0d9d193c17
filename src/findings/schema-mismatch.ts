import type { Result } from '../result/index.ts';

import type { Detector, Observed } from './observed.ts';
import { AFTER_START, failures, failureSentences } from './traffic-errors.ts';

/** They go on until another version of the application runs, so that even a few failures are no hiccup. */
export const schemaMismatch: Detector = ({ result }) => [...unknownNames(result), ...refusedRows(result)];

function unknownNames(result: Result): readonly Observed[] {
  const evidence = failureSentences(result, 'schema_drift', AFTER_START);
  if (evidence.length === 0 || failures(result, 'schema_drift', ['baseline']) > 0) return [];
  return [
    {
      severity: 'danger',
      title: 'the running application does not fit the new schema',
      evidence,
      safer:
        'expand, deploy, contract: first add the new shape beside the old one, then deploy what uses it, and remove the old shape in a later migration',
    },
  ];
}

function refusedRows(result: Result): readonly Observed[] {
  const isRefused = result.errors.some(
    (error) => AFTER_START.includes(error.phase) && error.class === 'constraint' && isNew(result, error),
  );
  if (!isRefused || failures(result, 'constraint', ['warmup', 'baseline']) > 0) return [];
  return [
    {
      severity: 'danger',
      title: 'the running application writes rows that the new schema refuses',
      evidence: failureSentences(result, 'constraint', AFTER_START),
      safer:
        'keep a default on a new column until every running version of the application fills it; add a constraint when everything that runs obeys it',
    },
  ];
}

/** Not NULL, foreign key, check (manual, appendix A). */
const RULES = ['23502', '23503', '23514'];

/** Two of the traffic's rows may have the same key by chance: of unique keys only those that the migration made. */
function isNew({ aftermath }: Result, { sqlState = '', message }: Result['errors'][number]): boolean {
  if (RULES.includes(sqlState)) return true;
  const changes = aftermath?.schemaChanges ?? [];
  return changes.some(({ change, fact }) => change === 'added' && message.includes(`"${fact.name}"`));
}
