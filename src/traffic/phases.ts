import type { PhaseName, PhaseResult } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { PhaseStart, StallSeen } from './messages.ts';

/** Which phase a moment belongs to, and the longest stall of each; phases become known while the run goes on. */
export class PhaseClock {
  readonly #starts: PhaseStart[];
  readonly #stalls = new Map<PhaseName, StallSeen>();

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
    const end = milliseconds(stall.at + stall.duration);
    const first = this.#starts.findLastIndex((start) => start.at <= stall.at);
    for (const { phase } of this.#starts.slice(Math.max(0, first)).filter(({ at }) => at < end)) {
      if (stall.duration > (this.#stalls.get(phase)?.duration ?? 0)) this.#stalls.set(phase, stall);
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
      }));
  }
}
