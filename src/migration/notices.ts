import type { ServerNotice } from '../result/index.ts';
import type { Notice } from '../target/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/** What the server said to the migration's session while a statement ran. */
export interface Heard {
  /** Sum of the lock waits that the server itself timed: those longer than `deadlock_timeout`. */
  readonly waited: Milliseconds;
  /** For people: notices and warnings, without the log lines. */
  readonly notices: readonly ServerNotice[];
}

/** Text of `log_lock_waits` (proc.c, ProcSleep): "process 12 acquired AccessExclusiveLock on relation 16385 of database 5 after 2003.115 ms". */
const ACQUIRED = /^process \d+ acquired \w+ on .+ after (\d+\.\d+) ms$/;

export function understandNotices(notices: readonly Notice[]): Heard {
  const waits = notices.flatMap(({ message }) => ACQUIRED.exec(message)?.[1] ?? []);
  return {
    waited: milliseconds(waits.reduce((sum, wait) => sum + Number(wait), 0)),
    notices: notices
      .filter(({ severity }) => severity !== 'LOG')
      .map(({ severity, sqlState, message }) => ({ severity, sqlState, message })),
  };
}

/** Lock waits beyond `deadlock_timeout` as messages on the session that waited. Both settings need a superuser. */
export const LISTEN_FOR_LOCK_WAITS = { log_lock_waits: 'on', client_min_messages: 'log' };
