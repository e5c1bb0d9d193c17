import { messageOf } from '../errors.ts';
import type { Observer } from '../observer/index.ts';
import type { Actor } from '../plan/index.ts';
import type { ActorResult, PhaseName } from '../result/index.ts';
import { startActor, type RunningActor } from '../traffic/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

type Surroundings = Parameters<typeof startActor>[1];

/** The scenario's actors: brings each on at its time, and all of them off at the end. */
export class Cast implements AsyncDisposable {
  readonly #actors: readonly Actor[];
  readonly #surroundings: Surroundings;
  readonly #observer: Observer;
  readonly #entrances = new Map<Actor, Promise<RunningActor | ActorResult>>();
  readonly #over = new AbortController();

  constructor(actors: readonly Actor[], surroundings: Surroundings, observer: Observer) {
    this.#actors = actors;
    this.#surroundings = surroundings;
    this.#observer = observer;
  }

  /** Called once for each phase, when it is known when it begins. */
  schedule(phase: PhaseName, at: Milliseconds): void {
    for (const actor of this.#actors.filter((one) => one.phase === phase)) {
      const entrance = milliseconds(at + actor.start);
      this.#entrances.set(actor, this.#enter(actor, entrance));
    }
  }

  /** When those who should be there before the phase begins are there. */
  async onStage(phase: PhaseName): Promise<void> {
    await Promise.all(
      [...this.#entrances]
        .filter(([actor]) => actor.phase === phase && actor.start <= 0)
        .map(([, entrance]) => entrance),
    );
  }

  async dismiss(): Promise<readonly ActorResult[]> {
    this.#over.abort();
    const entered = await Promise.all(this.#entrances.values());
    return await Promise.all(
      entered.map(async (actor) => {
        if (!('stop' in actor)) return actor;
        actor.stop();
        return await actor.result;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dismiss();
  }

  async #enter(actor: Actor, at: Milliseconds): Promise<RunningActor | ActorResult> {
    const { clock, origin } = this.#surroundings;
    const absent = (message: string): ActorResult => ({
      name: actor.name,
      kind: actor.kind,
      phase: actor.phase,
      startedAt: at,
      duration: milliseconds(0),
      outcome: 'failed',
      message,
    });
    try {
      await clock.sleep(milliseconds(Math.max(0, origin + at - clock.now())), this.#over.signal);
    } catch {
      return absent('the run ended before its time came');
    }
    try {
      const running = await startActor(actor, this.#surroundings);
      this.#observer.name(running.pid, actor.name);
      return running;
    } catch (error) {
      return absent(messageOf(error));
    }
  }
}
