import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Actor } from '../plan/index.ts';
import type { ActorResult } from '../result/index.ts';
import { connect, type ConnectionSettings, type LockWaitLog, type Session } from '../target/index.ts';
import { instant, milliseconds, since, type Instant } from '../units.ts';

import { DUMP_SESSION } from './actors/dump.ts';
import { nextTurn } from './actors/next-turn.ts';
import { perform } from './actors/perform.ts';
import { Tally, type TurnSeen } from './actors/tally.ts';
import { Turn } from './actors/turn.ts';

export interface RunningActor {
  /** Resolves when its first turn has a session, or will never have one. */
  readonly begun: Promise<void>;
  /** Resolves when its last turn is over and its session closed; never rejects. */
  readonly result: Promise<ActorResult>;
  /** Cuts the turn that is running; there is no other. */
  stop(): void;
}

interface Surroundings {
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly origin: Instant;
  readonly waits: LockWaitLog;
  /** Called with the backend's process id for each session of the actor, before it does anything. */
  readonly onSession: (pid: number) => void;
}

/** Lets the actor take its turns, the first one at `entrance` or, where that has passed, at once. */
export function startActor(actor: Actor, entrance: Instant, surroundings: Surroundings): RunningActor {
  const stop = new AbortController();
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const seen = takeTurns(actor, entrance, { ...surroundings, stop: stop.signal, onBegun: begin });
  return {
    begun,
    result: seen.then((tally) => tally.result(actor, entrance, surroundings.origin)).finally(begin),
    stop: () => stop.abort(),
  };
}

interface Stage extends Surroundings {
  readonly stop: AbortSignal;
  readonly onBegun: () => void;
}

async function takeTurns(actor: Actor, entrance: Instant, stage: Stage): Promise<Tally> {
  const { clock, stop } = stage;
  const tally = new Tally();
  const first = instant(Math.max(entrance, clock.now()));
  for (let at = first; await hasCome(at, stage);) {
    tally.add(await takeTurn(actor, stage));
    if (actor.period === undefined || stop.aborted) break;
    at = nextTurn({ first, period: actor.period }, at, clock.now());
  }
  return tally;
}

/** Waits; false when the run ended before. */
async function hasCome(at: Instant, { clock, stop }: Stage): Promise<boolean> {
  return await clock.sleep(milliseconds(Math.max(0, since(clock.now(), at))), stop).then(
    () => true,
    () => false,
  );
}

/** On a session of its own, so that a turn that failed leaves nothing to the next one. */
async function takeTurn(actor: Actor, stage: Stage): Promise<TurnSeen> {
  const { connection, clock, stop, waits, onSession, onBegun } = stage;
  const asked = clock.now();
  try {
    await using session = await connect(connection, 'actor', {
      ...(actor.kind === 'dump' ? DUMP_SESSION : {}),
      waits,
    });
    onSession(session.pid);
    onBegun();
    return await onStage(actor, session, stage);
  } catch (error) {
    onBegun();
    const outcome = stop.aborted ? 'stopped' : 'failed';
    return { outcome, began: asked, ended: clock.now(), message: messageOf(error) };
  }
}

async function onStage(actor: Actor, session: Session, stage: Stage): Promise<TurnSeen> {
  const { connection, clock, stop } = stage;
  const began = clock.now();
  using turn = new Turn({ session, connection, clock, duration: actor.duration, stop });
  try {
    await perform(actor, turn);
    return { ...turn.outcome(), began, ended: clock.now() };
  } catch (error) {
    return { ...turn.outcome(error), began, ended: clock.now() };
  }
}
