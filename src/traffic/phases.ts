import type { PhaseStart } from '../plan/index.ts';
import type { PhaseName, PhaseResult } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { StallSeen } from './recording.ts';

/** Which phase a moment belongs to, and the longest stall and idle time of each; phases become known while the run goes on. */
export class PhaseClock {
  readonly #starts: PhaseStart[];
  readonly #stalls = new Map<PhaseName, StallSeen>();
  readonly #idle = new Map<PhaseName, Milliseconds>();

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
    for (const { phase } of this.#touchedBy(stall)) {
      if (stall.duration > (this.#stalls.get(phase)?.duration ?? 0)) this.#stalls.set(phase, stall);
    }
  }

  /** Time in which nothing was due or running: of each phase the part that lies in it. */
  idle(idle: StallSeen): void {
    const touched = this.#touchedBy(idle);
    touched.forEach(({ phase, at }, index) => {
      const from = Math.max(at, idle.at);
      const to = Math.min(touched[index + 1]?.at ?? Infinity, idle.at + idle.duration);
      this.#idle.set(phase, milliseconds(Math.max(this.#idle.get(phase) ?? 0, to - from)));
    });
  }

  #touchedBy({ at, duration }: StallSeen): readonly PhaseStart[] {
    const first = this.#starts.findLastIndex((start) => start.at <= at);
    return this.#starts.slice(Math.max(0, first)).filter((start) => start.at < at + duration);
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
        longestIdle: this.#idle.get(phase) ?? milliseconds(0),
      }));
  }
}
