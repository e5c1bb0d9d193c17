import { cancelBackend, connect, type Notice, type Session } from '../target/index.ts';

import { stopReason } from './attempts.ts';
import { LISTEN_FOR_LOCK_WAITS } from './notices.ts';
import type { MigrationContext, StepFailure } from './step.ts';

/** One session for the step; cancelled when the migration is stopped. An error outside the work is a failure as well. */
export async function inSession(
  step: number,
  context: MigrationContext,
  work: (session: Session, heard: Notice[]) => Promise<StepFailure | undefined>,
): Promise<StepFailure | undefined> {
  try {
    await using session = await connect(context.connection, 'migration', { settings: LISTEN_FOR_LOCK_WAITS });
    context.onEvent({ kind: 'session', step, pid: session.pid });
    const heard: Notice[] = [];
    session.onNotice((notice) => heard.push(notice));
    const cancel = (): void =>
      void cancelBackend(context.connection, session.pid).catch(() => session.destroy());
    context.signal.addEventListener('abort', cancel, { once: true });
    try {
      if (context.signal.aborted) return { error: stopReason(context.signal), statement: undefined };
      return await work(session, heard);
    } finally {
      context.signal.removeEventListener('abort', cancel);
    }
  } catch (error) {
    return { error: stopReason(context.signal) ?? error, statement: undefined };
  }
}
