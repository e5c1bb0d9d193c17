import type { ServerNotice } from '../result/index.ts';
import type { Notice } from '../target/index.ts';

/** What the server said to people while a statement ran: without its log lines, which the harness asked for. */
export function spokenNotices(notices: readonly Notice[]): readonly ServerNotice[] {
  return notices
    .filter(({ severity }) => severity !== 'LOG')
    .map(({ severity, sqlState, message }) => ({ severity, sqlState, message }));
}
