import type { Detector } from './observed.ts';
import { AFTER_START, failures, failureSentences } from './traffic-errors.ts';

/** As many failed requests as this share of those planned are more than a hiccup. */
const DANGEROUS_SHARE = 0.001;

export const planInvalidated: Detector = ({ result }) => {
  const evidence = failureSentences(result, 'plan_invalidated', AFTER_START);
  if (evidence.length === 0) return [];
  const planned = result.transactions
    .filter(({ phase }) => AFTER_START.includes(phase))
    .reduce((sum, transaction) => sum + transaction.planned, 0);
  return [
    {
      severity:
        failures(result, 'plan_invalidated', AFTER_START) >= planned * DANGEROUS_SHARE ? 'danger' : 'warning',
      title: 'prepared statements failed once on every connection: their result has other columns now',
      evidence,
      safer:
        'name the columns instead of SELECT * and RETURNING *, or let the application prepare again and repeat on this error',
    },
  ];
};
