import type { Actor } from '../../plan/index.ts';
import type { ActorResult } from '../../result/index.ts';
import { milliseconds, since, type Instant } from '../../units.ts';

/** finished: by itself, or cut when its duration was over; stopped: by the end of the run. */
export interface TurnSeen {
  readonly outcome: ActorResult['outcome'];
  readonly began: Instant;
  readonly ended: Instant;
  /** Why it failed. */
  readonly message?: string;
}

/** What became of an actor, over all its turns. Memory: constant. */
export class Tally {
  #first: TurnSeen | undefined;
  #last: TurnSeen | undefined;
  #firstFailed: TurnSeen | undefined;
  #turns = 0;
  #failedTurns = 0;

  add(turn: TurnSeen): void {
    this.#first ??= turn;
    this.#last = turn;
    if (turn.outcome === 'finished') this.#turns++;
    if (turn.outcome !== 'failed') return;
    this.#failedTurns++;
    this.#firstFailed ??= turn;
  }

  /** `entrance`: when its first turn was due. */
  result({ name, kind, phase, start }: Actor, entrance: Instant, origin: Instant): ActorResult {
    const began = this.#first?.began ?? entrance;
    const message = this.#last === undefined ? NEVER_CAME : this.#firstFailed?.message;
    return {
      name,
      kind,
      phase,
      start,
      startedAt: milliseconds(began - origin),
      duration: since(began, this.#last?.ended ?? began),
      turns: this.#turns,
      failedTurns: this.#failedTurns,
      outcome: this.#firstFailed?.outcome ?? this.#last?.outcome ?? 'stopped',
      ...(message === undefined ? {} : { message }),
    };
  }
}

const NEVER_CAME = 'the run ended before its time came';
