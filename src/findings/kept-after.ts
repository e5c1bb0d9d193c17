import type { StatementLock, StatementResult } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/** How long a lock outlived the statement that took it: it lives to the end of its transaction, whatever that does next. */
export function keptAfter(
  { startedAt, duration }: StatementResult,
  { grantedAt, held }: StatementLock,
): Milliseconds {
  return milliseconds(Math.max(0, grantedAt + held - (startedAt + duration)));
}
