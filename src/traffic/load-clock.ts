import { milliseconds, type Milliseconds } from '../units.ts';

import type { StallSeen } from './recording.ts';

/** Memory of one `LoadClock` for all workers of a run. */
export const LOAD_CLOCK_BYTES = 48;

const LOCK = 0;
const OUTSTANDING = 1;
/** Places of 8 bytes, behind the two above. */
const SINCE = 1;
const LAST_FAILURE = 2;
const IDLE_SINCE = 3;
/** Whether anything was due at all. */
const NEVER = Number.NaN;

/**
 * Two times of the whole load, whichever worker carries it, in memory that all of them share. *Stalls*: at least one arrival was due or running and
 * none completed; a failure is no completion, for an application that gets nothing but errors is standing still. *Idle*
 * times: nothing was due or running. Each is reported, by the worker that saw its end, with the place where it began.
 */
export class LoadClock {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #onStall: (stall: StallSeen) => void;
  readonly #onIdle: (idle: StallSeen) => void;

  constructor(
    memory: SharedArrayBuffer,
    report: { readonly stall: (stall: StallSeen) => void; readonly idle: (idle: StallSeen) => void },
  ) {
    this.#words = new Int32Array(memory, 0, 2);
    this.#times = new Float64Array(memory, 0, LOAD_CLOCK_BYTES / 8);
    this.#onStall = report.stall;
    this.#onIdle = report.idle;
  }

  /** For a run that begins; before any worker uses it. */
  static memory(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(LOAD_CLOCK_BYTES);
    const times = new Float64Array(memory);
    times[SINCE] = times[LAST_FAILURE] = NEVER;
    return memory;
  }

  due(at: Milliseconds): void {
    this.#locked(() => {
      if (Number.isNaN(this.#time(SINCE))) this.#times[SINCE] = at;
      if (this.#change(1) !== 1) return undefined;
      const since = this.#time(IDLE_SINCE);
      return at > since ? { kind: 'idle', from: since, to: at } : undefined;
    });
  }

  completed(at: Milliseconds): void {
    this.#locked(() => {
      const since = this.#time(SINCE);
      this.#times[SINCE] = this.#ended(at) > 0 ? at : NEVER;
      return Number.isNaN(since) ? undefined : { kind: 'stall', from: since, to: at };
    });
  }

  /** Failed or dropped. */
  failed(at: Milliseconds): void {
    this.#locked(() => {
      this.#ended(at);
      this.#times[LAST_FAILURE] = at;
      return undefined;
    });
  }

  /** A stall of failures alone ends with the last of them. Called by one worker, when all others are done. */
  end(at: Milliseconds): void {
    const since = this.#time(SINCE);
    const lastFailure = this.#time(LAST_FAILURE);
    const isOver = Atomics.load(this.#words, OUTSTANDING) === 0;
    if (isOver && at > this.#time(IDLE_SINCE))
      this.#tell({ kind: 'idle', from: this.#time(IDLE_SINCE), to: at });
    if (Number.isNaN(since)) return;
    this.#tell({ kind: 'stall', from: since, to: isOver && !Number.isNaN(lastFailure) ? lastFailure : at });
  }

  #time(place: number): number {
    return this.#times[place] ?? NEVER;
  }

  #change(by: number): number {
    const now = (this.#words[OUTSTANDING] ?? 0) + by;
    this.#words[OUTSTANDING] = now;
    return now;
  }

  #ended(at: number): number {
    const left = this.#change(-1);
    if (left === 0) this.#times[IDLE_SINCE] = at;
    return left;
  }

  /** Held for some nanoseconds; nobody waits inside. */
  #locked(work: () => Seen | undefined): void {
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0);
    const seen = work();
    Atomics.store(this.#words, LOCK, 0);
    if (seen !== undefined) this.#tell(seen);
  }

  #tell({ kind, from, to }: Seen): void {
    const seen = { at: milliseconds(from), duration: milliseconds(Math.max(0, to - from)) };
    if (kind === 'stall') this.#onStall(seen);
    else this.#onIdle(seen);
  }
}

interface Seen {
  readonly kind: 'stall' | 'idle';
  readonly from: number;
  readonly to: number;
}
