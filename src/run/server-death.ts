import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { Server } from '../target/index.ts';
import { milliseconds } from '../units.ts';

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
    throw (await Promise.race([death, clock.sleep(DEATH_NOTICE)])) ?? error;
  }
}

/** Resolves when the server ends unasked. */
async function deathOf(server: MortalServer): Promise<Failure> {
  const exit = await server.exited;
  if (exit.kind === 'stopped') return await new Promise<never>(() => undefined);
  return new Failure('target.lost', { message: `the server died: ${exit.how}\n${await server.logTail()}` });
}
