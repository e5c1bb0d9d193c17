import { Socket } from 'node:net';

import { milliseconds } from '../units.ts';
import type { ConnectionSettings, Purpose } from './connection.ts';
import { openPinned } from './pinned-session.ts';
import type { ConnectOptions, Session } from './session.ts';
import { SHIELD } from './shield.ts';

/** Throws `Failure('target.unavailable')`, with the error of the server or the socket as its cause. */
export async function connect(
  settings: ConnectionSettings,
  purpose: Purpose,
  options: ConnectOptions = {},
): Promise<Session> {
  return await openPinned(settings, purpose, options, new Socket());
}

/** Opens a session, closes it after the work, whatever its outcome. */
export async function withSession<T>(
  settings: ConnectionSettings,
  purpose: Purpose,
  work: (session: Session) => Promise<T>,
  options?: ConnectOptions,
): Promise<T> {
  await using session = await connect(settings, purpose, options);
  return await work(session);
}

/** A look at a database of which nothing is known: whatever it sets for its sessions does not matter. */
export async function withShieldedSession<T>(
  settings: ConnectionSettings,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return await withSession(settings, 'audit', work, { settings: SHIELD });
}

/** Asks the server to cancel what the backend is doing; false when there is no such backend. */
export async function cancelBackend(settings: ConnectionSettings, pid: number): Promise<boolean> {
  const result = await withShieldedSession(settings, (session) => session.query(CANCEL_BACKEND, [pid]));
  return result.rows[0]?.['cancelled'] === true;
}

/** Cost: one signal. 14–18. */
const CANCEL_BACKEND = 'SELECT pg_catalog.pg_cancel_backend($1) AS cancelled';

export interface Abortable {
  readonly session: Session;
  /** Another session is opened with them, to cancel. */
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
}

/** Work of the session, whose statement is cancelled when the signal says so; then throws its reason. */
export async function untilAborted<T>(
  { session, settings, signal }: Abortable,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const cancel = (): void => void cancelBackend(settings, session.pid).catch(() => false);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The same for several at once. */
export async function cancelBackends(settings: ConnectionSettings, pids: readonly number[]): Promise<void> {
  await using session = await connect(settings, 'audit', { settings: SHIELD, timeout: CANCEL_TIMEOUT });
  await session.query(CANCEL_BACKENDS, [pids]);
}

/** Whoever wants to be rid of them does not wait for long. */
const CANCEL_TIMEOUT = milliseconds(2_000);

/** Cost: a signal each. 14–18. */
const CANCEL_BACKENDS = 'SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.unnest($1::int[]) AS pid';
