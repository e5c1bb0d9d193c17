import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Actor } from '../plan/index.ts';
import type { ActorResult } from '../result/index.ts';
import { cancelBackend, connect, type ConnectionSettings, type Session } from '../target/index.ts';
import { after, milliseconds, since, type Instant, type Milliseconds } from '../units.ts';

export interface RunningActor {
  readonly name: string;
  readonly pid: number;
  /** Ends by itself after its duration; never rejects. */
  readonly result: Promise<ActorResult>;
  stop(): void;
}

interface Surroundings {
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly origin: Instant;
}

/** Opens the actor's session and lets it act. Throws `Failure('target.unavailable')`. */
export async function startActor(actor: Actor, surroundings: Surroundings): Promise<RunningActor> {
  const session = await connect(surroundings.connection, 'actor');
  const stop = new AbortController();
  return {
    name: actor.name,
    pid: session.pid,
    result: act(actor, session, surroundings, stop.signal),
    stop: () => stop.abort(),
  };
}

async function act(
  actor: Actor,
  session: Session,
  { connection, clock, origin }: Surroundings,
  stop: AbortSignal,
): Promise<ActorResult> {
  const started = clock.now();
  const deadline = after(started, actor.duration);
  const over = new AbortController();
  const lost = new AbortController();
  session.onLost((reason) => lost.abort(reason));
  // A query that is still running at the deadline is cancelled, as its client's time-out would.
  const cut = endOf(clock, actor.duration, [over.signal, stop]).then((reason) =>
    reason === 'over' ? undefined : cancelBackend(connection, session.pid).catch(() => false),
  );
  const result = (outcome: ActorResult['outcome'], message?: string): ActorResult => ({
    name: actor.name,
    kind: actor.kind,
    phase: actor.phase,
    startedAt: milliseconds(started - origin),
    duration: since(started, clock.now()),
    outcome,
    ...(message === undefined ? {} : { message }),
  });
  try {
    await perform(actor, session, { clock, deadline, stop, lost: lost.signal });
    return result(stop.aborted ? 'stopped' : 'finished');
  } catch (error) {
    if (stop.aborted) return result('stopped');
    return clock.now() >= deadline ? result('finished') : result('failed', messageOf(error));
  } finally {
    over.abort();
    await cut;
    await session.close();
  }
}

interface Stage {
  readonly clock: Clock;
  readonly deadline: Instant;
  readonly stop: AbortSignal;
  /** While nothing runs, only this tells that its session, and its locks with it, are gone. */
  readonly lost: AbortSignal;
}

async function perform(
  actor: Actor,
  session: Session,
  { clock, deadline, stop, lost }: Stage,
): Promise<void> {
  await session.query(actor.kind === 'report' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
  do await session.query(actor.query);
  while (actor.kind === 'report' && clock.now() < deadline && !stop.aborted);
  await clock.sleep(milliseconds(Math.max(0, deadline - clock.now())), AbortSignal.any([stop, lost]));
  await session.query('COMMIT');
}

/** Waits for the duration; says whether it passed (or the actor was stopped), or its work was over before. */
async function endOf(
  clock: Clock,
  duration: Milliseconds,
  [over, stop]: readonly [AbortSignal, AbortSignal],
): Promise<'over' | 'cut'> {
  try {
    await clock.sleep(duration, AbortSignal.any([over, stop]));
    return 'cut';
  } catch {
    return over.aborted ? 'over' : 'cut';
  }
}
