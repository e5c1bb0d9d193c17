import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { isLostConnection, type Server } from '../target/index.ts';
import { milliseconds } from '../units.ts';

import { runFailure } from './lost-server.ts';
import type { Stop } from './stop.ts';

export interface MortalServer extends Pick<Server, 'exited'> {
  /** Its last words. */
  logTail(): Promise<string>;
}

/** A server that died is the reason, whatever its sessions made of it; the news may come a moment later than the end of its connections. */
const DEATH_NOTICE = milliseconds(500);

/** Stops the run when the server dies under the work. Throws `Failure('target.lost')` then, else what the work throws. */
export async function whileAlive(
  server: MortalServer,
  { stop, clock }: { readonly stop: Stop; readonly clock: Clock },
  work: () => Promise<void>,
): Promise<void> {
  const death = deathOf(server);
  void death.then((failure) => stop.because(failure));
  try {
    await work();
  } catch (error) {
    stop.check();
    const died = await Promise.race([death, clock.sleep(DEATH_NOTICE)]);
    throw died ?? (await withLog(error, server));
  }
}

/** One that loses a process ends all sessions, and lets nobody in for a moment; its log, which says why, goes with it at the end of the run. */
async function withLog(error: unknown, server: MortalServer): Promise<unknown> {
  const { code, message, where, cause } = runFailure(error);
  if (!OF_THE_SERVER.includes(code) && !isLostConnection(cause)) return error;
  const place = where === undefined ? {} : { where };
  return new Failure(code, { message: `${message}\n${await server.logTail()}`, ...place, cause });
}

/** Its log says why: it ended a session, or let none in. */
const OF_THE_SERVER: readonly string[] = ['target.lost', 'target.unavailable'];

/** Resolves when the server ends unasked. */
async function deathOf(server: MortalServer): Promise<Failure> {
  const exit = await server.exited;
  if (exit.kind === 'stopped') return await new Promise<never>(() => undefined);
  return new Failure('target.lost', { message: `the server died: ${exit.how}\n${await server.logTail()}` });
}
