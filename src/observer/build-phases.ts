import type { IndexPhase, SessionLabel } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { BuildSeen, Sample } from './samples.ts';

/** A phase of an index build of the migration's: true to one sampling interval. */
export interface SampledPhase {
  readonly pid: number;
  readonly phase: IndexPhase;
}

/** REINDEX of a schema goes through its phases once for each index; more than this nobody reads. */
const PHASES_KEPT = 1_000;

/** Folds what each sample saw of index builds into phases, and into whom the waiting ones waited for. */
export class BuildFold {
  readonly #phases: SampledPhase[] = [];
  readonly #open = new Map<number, OpenPhase>();
  #last = milliseconds(0);

  add({ at, builds, sessions }: Pick<Sample, 'at' | 'builds' | 'sessions'>): void {
    const byPid = new Map(builds.map((build) => [build.pid, build]));
    for (const [pid, open] of this.#open) {
      if (byPid.get(pid)?.phase !== open.phase) this.#close(pid, open, at);
    }
    for (const build of builds) this.#see(build, { at, sessions });
    this.#last = at;
  }

  result(end: Milliseconds): readonly SampledPhase[] {
    for (const [pid, open] of this.#open) this.#close(pid, open, end);
    return this.#phases.toSorted((one, other) => one.phase.startedAt - other.phase.startedAt);
  }

  #see(build: BuildSeen, { at, sessions }: Pick<Sample, 'at' | 'sessions'>): void {
    const open = this.#open.get(build.pid) ?? {
      phase: build.phase,
      startedAt: this.#begin(build.pid, at),
      waitedFor: new Map<number, Waited>(),
      lastSeen: at,
      lockers: undefined,
    };
    if (build.lockersTotal > 0) open.lockers = { total: build.lockersTotal, done: build.lockersDone };
    const locker = sessions.get(build.locker);
    if (locker !== undefined) {
      const known = open.waitedFor.get(locker.pid);
      const since = known?.lastSeen ?? open.lastSeen;
      open.waitedFor.set(locker.pid, {
        session: locker,
        duration: milliseconds((known?.duration ?? 0) + at - since),
        lastSeen: at,
      });
    }
    open.lastSeen = at;
    this.#open.set(build.pid, open);
  }

  /** It follows the phase before it without a gap; the first one began between two samples, in the middle on average. */
  #begin(pid: number, at: Milliseconds): Milliseconds {
    const before = this.#phases.findLast((phase) => phase.pid === pid)?.phase;
    const end = before === undefined ? 0 : before.startedAt + before.duration;
    return milliseconds(Math.max(end, (this.#last + at) / 2));
  }

  #close(pid: number, open: OpenPhase, now: Milliseconds): void {
    this.#open.delete(pid);
    if (this.#phases.length >= PHASES_KEPT) return;
    const { phase, startedAt, lastSeen, lockers, waitedFor } = open;
    const duration = milliseconds(Math.max(0, (lastSeen + now) / 2 - startedAt));
    const seen: IndexPhase = {
      phase,
      startedAt,
      duration,
      ...(lockers === undefined ? {} : { lockers }),
      waitedFor: [...waitedFor.values()].map((one) => ({
        session: one.session,
        // Of the only one that it waited for all of it, also what lies between the samples.
        duration: waitedFor.size === 1 ? duration : one.duration,
      })),
    };
    this.#phases.push({ pid, phase: seen });
  }
}

interface OpenPhase {
  readonly phase: string;
  readonly startedAt: Milliseconds;
  readonly waitedFor: Map<number, Waited>;
  lastSeen: Milliseconds;
  lockers: { readonly total: number; readonly done: number } | undefined;
}

interface Waited {
  readonly session: SessionLabel;
  readonly duration: Milliseconds;
  readonly lastSeen: Milliseconds;
}
