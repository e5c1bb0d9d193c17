import type { Detector } from './observed.ts';
import { AFTER_START, failures, failureSentences } from './traffic-errors.ts';

/** It goes on until another version of the application runs, so that even a few failures are no hiccup. */
export const schemaMismatch: Detector = ({ result }) => {
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
};
