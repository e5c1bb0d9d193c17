import { messageOf } from '../errors.ts';
import type { RetryPolicy } from '../plan/index.ts';
import type { Attempt } from '../result/index.ts';
import { errorClassOf, sqlStateOf } from '../target/index.ts';
import { milliseconds } from '../units.ts';

import { elapsed, type MigrationContext } from './step.ts';

export type Tried<Value> =
  | { readonly ok: true; readonly value: Value; readonly attempts: readonly Attempt[] }
  | { readonly ok: false; readonly error: unknown; readonly attempts: readonly Attempt[] };

/** What another try can cure: somebody else held a lock. */
const WORTH_A_RETRY = ['lock_timeout', 'deadlock', 'serialization'];

/** Tries the work as often as the policy allows, with doubled pauses; every try is recorded. Never rejects. */
export async function withRetries<Value>(
  policy: RetryPolicy,
  context: MigrationContext,
  onRetry: (attempt: number, message: string) => void,
  work: () => Promise<Value>,
): Promise<Tried<Value>> {
  const attempts: Attempt[] = [];
  for (let number = 1; ; number++) {
    const startedAt = elapsed(context);
    const tried = (error?: unknown): void => {
      const sqlState = error === undefined ? undefined : sqlStateOf(error);
      attempts.push({
        startedAt,
        duration: milliseconds(elapsed(context) - startedAt),
        ...(sqlState === undefined ? {} : { sqlState }),
        ...(error === undefined ? {} : { message: messageOf(error) }),
      });
    };
    try {
      const value = await work();
      tried();
      return { ok: true, value, attempts };
    } catch (error) {
      tried(error);
      const retry =
        number <= policy.retries && WORTH_A_RETRY.includes(errorClassOf(error)) && !context.signal.aborted;
      if (!retry) return { ok: false, error: stopReason(context.signal) ?? error, attempts };
      onRetry(number, messageOf(error));
      const pause = Math.min(policy.maxBackoff, policy.backoff * 2 ** (number - 1));
      const stopped = await context.clock.sleep(milliseconds(pause), context.signal).then(
        () => false,
        () => true,
      );
      if (stopped) return { ok: false, error: stopReason(context.signal) ?? error, attempts };
    }
  }
}

/** The reason for which the migration was stopped, if it was. */
export function stopReason(signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : undefined;
}
