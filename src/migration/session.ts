import { cancelBackend, connect, type Session } from '../target/index.ts';
import { milliseconds } from '../units.ts';

import { stopReason } from './attempts.ts';
import type { HeardNotice } from './hearing.ts';
import { elapsed, type MigrationContext, type StepFailure } from './step.ts';
import { WITNESSED } from './witness/event-triggers.ts';

/** One session for the step; cancelled when the migration is stopped. An error outside the work is a failure as well. */
export async function inSession(
  step: number,
  context: MigrationContext,
  work: (session: Session, heard: HeardNotice[]) => Promise<StepFailure | undefined>,
): Promise<StepFailure | undefined> {
  try {
    await using session = await connect(context.connection, 'migration', {
      settings: WITNESSED,
      waits: context.waits,
    });
    context.onEvent({ kind: 'session', step, pid: session.pid });
    const heard: HeardNotice[] = [];
    session.onNotice((notice) => heard.push({ ...notice, heardAt: elapsed(context) }));
    const over = new AbortController();
    const cancel = (): void => void cancelUntil(over.signal, session, context);
    context.signal.addEventListener('abort', cancel, { once: true });
    try {
      if (context.signal.aborted) return { error: stopReason(context.signal), statement: undefined };
      return await work(session, heard);
    } finally {
      context.signal.removeEventListener('abort', cancel);
      over.abort();
    }
  } catch (error) {
    return { error: stopReason(context.signal) ?? error, statement: undefined };
  }
}

const CANCEL_AGAIN = milliseconds(250);

/** Again and again: a cancel that finds the backend between two statements does nothing, and the next one runs to its end. */
async function cancelUntil(
  over: AbortSignal,
  session: Session,
  { connection, clock }: MigrationContext,
): Promise<void> {
  while (!over.aborted) {
    await cancelBackend(connection, session.pid).catch(() => session.destroy());
    await clock.sleep(CANCEL_AGAIN, over).catch(() => undefined);
  }
}
