import type { ErrorSample, Result } from '../result/index.ts';
import { formatCount } from '../units.ts';

type ErrorClass = ErrorSample['class'];
type PhaseName = ErrorSample['phase'];

/** Arrivals that failed in this way in these phases. */
export function failures(result: Result, kind: ErrorClass, phases: readonly PhaseName[]): number {
  return result.transactions
    .filter(({ phase }) => phases.includes(phase))
    .reduce((sum, { failedByClass }) => sum + (failedByClass[kind] ?? 0), 0);
}

/** `12 arrivals failed in the migration phase: column "total" does not exist (42703), in order_page: SELECT …`. */
export function failureSentences(
  result: Result,
  kind: ErrorClass,
  phases: readonly PhaseName[],
): readonly string[] {
  return phases.flatMap((phase) => {
    const count = failures(result, kind, [phase]);
    const sample = result.errors.find((error) => error.class === kind && error.phase === phase);
    const cause =
      sample === undefined ? '' : `: ${sample.message}${stateOf(sample)}, in ${sample.transaction}`;
    return count === 0
      ? []
      : [
          `${formatCount(count)} ${count === 1 ? 'arrival' : 'arrivals'} failed in the ${phase} phase${cause}`,
        ];
  });
}

const stateOf = ({ sqlState }: ErrorSample): string => (sqlState === undefined ? '' : ` (${sqlState})`);

export const AFTER_START: readonly PhaseName[] = ['migration', 'recovery'];
