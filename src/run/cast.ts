import type { Observer } from '../observer/index.ts';
import type { Actor } from '../plan/index.ts';
import type { ActorResult, PhaseName } from '../result/index.ts';
import { startActor, type RunningActor } from '../traffic/index.ts';
import { after, milliseconds, type Milliseconds } from '../units.ts';

type Surroundings = Omit<Parameters<typeof startActor>[2], 'onSession'>;

/** The scenario's actors: brings each on at its time, and all of them off at the end. */
export class Cast implements AsyncDisposable {
  readonly #actors: readonly Actor[];
  readonly #surroundings: Surroundings;
  readonly #observer: Observer;
  readonly #running = new Map<Actor, RunningActor>();

  constructor(actors: readonly Actor[], surroundings: Surroundings, observer: Observer) {
    this.#actors = actors;
    this.#surroundings = surroundings;
    this.#observer = observer;
  }

  /** Called once for each phase, when it is known when it begins. */
  schedule(phase: PhaseName, at: Milliseconds): void {
    for (const actor of this.#actors.filter((one) => one.phase === phase)) {
      const entrance = after(this.#surroundings.origin, milliseconds(at + actor.start));
      const onSession = (pid: number): void => this.#observer.name(pid, actor.name);
      this.#running.set(actor, startActor(actor, entrance, { ...this.#surroundings, onSession }));
    }
  }

  /** When those who should be there before the phase begins are there. */
  async onStage(phase: PhaseName): Promise<void> {
    const awaited = [...this.#running].filter(([actor]) => actor.phase === phase && actor.start <= 0);
    await Promise.all(awaited.map(([, { begun }]) => begun));
  }

  async dismiss(): Promise<readonly ActorResult[]> {
    const running = [...this.#running.values()];
    for (const actor of running) actor.stop();
    return await Promise.all(running.map(({ result }) => result));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dismiss();
  }
}
