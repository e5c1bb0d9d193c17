import type { OpenExecutor, PlannedWorkload } from '../plan/index.ts';
import {
  Arrivals,
  isOpen,
  mixSampler,
  type MixSampler,
  type PhaseStart,
  type Stripe,
} from '../plan/thread.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { Fifo } from './fifo.ts';

/** An arrival that is due. */
export interface Due {
  readonly slot: number;
  /** Index into the workload's mix. */
  readonly transaction: number;
  readonly at: Milliseconds;
  /** Whose turn it is; −1 where arrivals have a rate. */
  readonly user: number;
}

/** What makes the arrivals of one workload. */
export interface Load {
  /** When the next arrival is due; Infinity: not before somebody is done. */
  readonly nextAt: Milliseconds;
  /** The next one that is due by now, if there is one. */
  take(now: Milliseconds): Due | undefined;
  begin(phase: PhaseStart): void;
  /** A user of a closed loop has its answer. */
  done(user: number, at: Milliseconds): void;
}

export function loadOf(workload: PlannedWorkload, seed: number, stripe: Stripe): Load {
  if (isOpen(workload)) return new OpenLoad(workload, seed, stripe);
  const { executor } = workload;
  const vus = executor.kind === 'constant-vus' ? executor.vus : workload.connections;
  const pause = executor.kind === 'constant-vus' ? executor.pause : milliseconds(0);
  return new ClosedLoad({ vus, pause, pick: mixSampler(workload.name, workload.mix, seed) }, stripe);
}

/** At a rate, whether or not the database keeps up. */
class OpenLoad implements Load {
  readonly #arrivals: Arrivals;

  constructor(workload: PlannedWorkload & { readonly executor: OpenExecutor }, seed: number, stripe: Stripe) {
    this.#arrivals = new Arrivals(workload, seed, stripe);
  }

  get nextAt(): Milliseconds {
    return this.#arrivals.at;
  }

  take(now: Milliseconds): Due | undefined {
    const { slot, at, transaction } = this.#arrivals;
    if (at > now) return undefined;
    this.#arrivals.advance();
    return { slot, at, transaction, user: -1 };
  }

  begin(phase: PhaseStart): void {
    this.#arrivals.begin(phase);
  }

  done(): void {
    // Its arrivals do not wait for each other.
  }
}

interface ClosedSettings {
  readonly vus: number;
  readonly pause: Milliseconds;
  readonly pick: MixSampler;
}

/** So many users, each of whom begins again when it has its answer and has paused. The n-th turn of user v has the slot n × vus + v. */
class ClosedLoad implements Load {
  readonly #settings: ClosedSettings;
  /** In the order of their times, for all pause alike. */
  readonly #ready = new Fifo<{ readonly user: number; readonly at: Milliseconds }>();
  readonly #turns: number[];

  constructor(settings: ClosedSettings, { index, count }: Stripe) {
    this.#settings = settings;
    this.#turns = new Array<number>(settings.vus).fill(0);
    for (let user = index; user < settings.vus; user += count)
      this.#ready.push({ user, at: milliseconds(0) });
  }

  get nextAt(): Milliseconds {
    return this.#ready.first?.at ?? milliseconds(Infinity);
  }

  take(now: Milliseconds): Due | undefined {
    const next = this.#ready.first;
    if (next === undefined || next.at > now) return undefined;
    this.#ready.shift();
    const { user, at } = next;
    const turn = this.#turns[user] ?? 0;
    this.#turns[user] = turn + 1;
    const slot = turn * this.#settings.vus + user;
    return { slot, at, user, transaction: this.#settings.pick(slot) };
  }

  begin(): void {
    // The same number of users in each phase.
  }

  done(user: number, at: Milliseconds): void {
    this.#ready.push({ user, at: milliseconds(at + this.#settings.pause) });
  }
}
