import type { PhaseStart } from '../plan/index.ts';
import type { PhaseName, PhaseResult } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { StallSeen } from './recording.ts';

/** Which phase a moment belongs to, and the longest stall and idle time of each; phases become known while the run goes on. */
export class PhaseClock {
  readonly #starts: PhaseStart[];
  readonly #stalls = new Map<PhaseName, StallSeen>();
  readonly #idle = new Map<PhaseName, StallSeen>();

  constructor(starts: readonly PhaseStart[]) {
    this.#starts = [...starts];
  }

  begin(start: PhaseStart): void {
    this.#starts.push(start);
  }

  of(at: Milliseconds): PhaseName {
    return this.#starts.findLast((start) => start.at <= at)?.phase ?? 'warmup';
  }

  /** Counts in full for every phase that it touches: one that begins just before the migration must not escape it. */
  stall(stall: StallSeen): void {
    this.#keepLongest(this.#stalls, stall);
  }

  /** Time in which nothing was due or running; counts in full as well. */
  idle(idle: StallSeen): void {
    this.#keepLongest(this.#idle, idle);
  }

  #keepLongest(longest: Map<PhaseName, StallSeen>, seen: StallSeen): void {
    const end = milliseconds(seen.at + seen.duration);
    const first = this.#starts.findLastIndex((start) => start.at <= seen.at);
    for (const { phase } of this.#starts.slice(Math.max(0, first)).filter(({ at }) => at < end)) {
      if (seen.duration > (longest.get(phase)?.duration ?? 0)) longest.set(phase, seen);
    }
  }

  /** Phases that had not begun by `end` are left out. */
  results(end: Milliseconds): PhaseResult[] {
    return this.#starts
      .filter(({ at }) => at < end)
      .map(({ phase, at }, index, begun) => ({
        name: phase,
        startedAt: at,
        duration: milliseconds((begun[index + 1]?.at ?? end) - at),
        longestStall: this.#stalls.get(phase)?.duration ?? milliseconds(0),
        longestStallAt: this.#stalls.get(phase)?.at ?? at,
        longestIdle: this.#idle.get(phase)?.duration ?? milliseconds(0),
      }));
  }
}
