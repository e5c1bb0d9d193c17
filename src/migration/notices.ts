import { parseLockLog } from '../postgres/index.ts';
import type { ServerNotice } from '../result/index.ts';
import type { Notice } from '../target/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/** What the server said to people while a statement ran: without its log lines, which the harness asked for. */
export function spokenNotices(notices: readonly Notice[]): readonly ServerNotice[] {
  return notices
    .filter(({ severity }) => severity !== 'LOG')
    .map(({ severity, sqlState, message }) => ({ severity, sqlState, message }));
}

/** How long a session waited for locks that it got in the end, as the server timed it: the waits beyond `deadlock_timeout`. */
export function waitedIn(notices: readonly Notice[]): Milliseconds {
  const entries = notices.flatMap(({ message }) => parseLockLog(message) ?? []);
  const granted = entries.filter(({ kind }) => kind === 'acquired');
  return milliseconds(granted.reduce((sum, { waited }) => sum + waited, 0));
}
