import type { ErrorSample, ReportFile } from '../result/index.ts';
import { formatCount } from '../units.ts';

const SHOWN = 5;

/**
 * Why arrivals failed, the most frequent reason first: `12 × place_order: division by zero (22012), in SELECT …`. The same reason in several phases is one
 * line.
 */
export function errorLines({ errors }: ReportFile): readonly string[] {
  const reasons = new Map<string, ErrorSample>();
  for (const error of errors.filter(({ count }) => count > 0)) {
    const { workload, transaction, sqlState, message, statement } = error;
    // Messages of the server name values; without a SQLSTATE they are what tells reasons apart.
    const key = [workload, transaction, error.class, sqlState ?? message, statement].join(' ');
    const known = reasons.get(key);
    reasons.set(key, known === undefined ? error : { ...known, count: known.count + error.count });
  }
  const sorted = [...reasons.values()].toSorted((one, other) => other.count - one.count);
  const more = sorted.slice(SHOWN).reduce((sum, { count }) => sum + count, 0);
  return [
    ...sorted.slice(0, SHOWN).map(errorLine),
    ...(more === 0 ? [] : [`… and ${formatCount(more)} for other reasons: errors[] in report.json`]),
  ];
}

function errorLine({ transaction, message, sqlState, statement, count }: ErrorSample): string {
  const state = sqlState === undefined ? '' : ` (${sqlState})`;
  const place = statement === '' ? '' : `, in ${statement}`;
  return `${formatCount(count)} × ${transaction}: ${message}${state}${place}`;
}
