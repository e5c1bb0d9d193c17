import { availableParallelism } from 'node:os';
import { PerformanceObserver, performance, type EventLoopUtilization } from 'node:perf_hooks';

import type { Clock } from '../clock.ts';
import type { PhaseStart, Stripe, TrafficPlan } from '../plan/index.ts';
import type { GeneratorResult } from '../result/index.ts';
import { LockWaitLog } from '../target/thread.ts';
import { milliseconds, type Instant, type Milliseconds } from '../units.ts';

import { Alarm } from './alarm.ts';
import { Line } from './line.ts';
import type { Assignment, BaselineLoad } from './messages.ts';
import { RecentWindow } from './recent.ts';
import { Recorder } from './recorder.ts';
import type { WorkerRecording } from './recording.ts';

interface Parts {
  readonly lines: readonly Line[];
  readonly waits: LockWaitLog;
}

/**
 * Starts each arrival at its time, whether or not the database keeps up: one absolute timetable for each workload; a wake-up dispatches all that is
 * due, then sleeps until the next.
 */
export class Generator {
  readonly recent = new RecentWindow();
  readonly #clock: Clock;
  readonly #lines: readonly Line[];
  readonly #waits: LockWaitLog;
  readonly #memory: SharedArrayBuffer;
  readonly #collections = new Collections();
  readonly #alarm: Alarm;
  #recorder: Recorder;
  #origin: Instant;
  #end = milliseconds(Number.POSITIVE_INFINITY);
  #busy: EventLoopUtilization;
  #drained: (() => void) | undefined;

  private constructor({ plan, stripe, memory }: Assignment, { lines, waits }: Parts, clock: Clock) {
    this.#clock = clock;
    this.#lines = lines;
    this.#waits = waits;
    this.#memory = memory;
    this.#origin = clock.now();
    this.#busy = performance.eventLoopUtilization();
    this.#recorder = new Recorder([], memory);
    this.#alarm = new Alarm({
      now: () => this.now,
      ring: () => this.#wake(),
      spins: maySpin(plan, stripe),
    });
  }

  /** Opens the pools. Throws `Failure('target.unavailable')`. */
  static async prepare(assignment: Assignment, clock: Clock): Promise<Generator> {
    const { plan, stripe } = assignment;
    const connection = assignment.pooler ?? assignment.connection;
    const lines: Line[] = [];
    const waits = new LockWaitLog(clock);
    try {
      for (const workload of plan.workloads) {
        // A worker without a connection could not serve its slots.
        const count = Math.min(stripe.count, workload.connections);
        if (stripe.index >= count) continue;
        const own = { index: stripe.index, count };
        lines.push(await Line.prepare({ plan, workload, stripe: own, connection, clock, waits }));
      }
    } catch (error) {
      await Promise.all(lines.map((line) => line.close(milliseconds(0))));
      throw error;
    }
    return new Generator(assignment, { lines, waits }, clock);
  }

  start(origin: Instant, phases: readonly PhaseStart[]): void {
    this.#origin = origin;
    this.#recorder = new Recorder(phases, this.#memory);
    this.#busy = performance.eventLoopUtilization();
    this.#collections.reset();
    for (const line of this.#lines) {
      line.start({
        recorder: this.#recorder,
        recent: this.recent,
        now: () => this.now,
        onIdle: () => this.#idle(),
        wakeAt: (at) => this.#alarm.set(at),
      });
      for (const phase of phases) line.begin(phase);
    }
    this.#wake();
  }

  beginPhase(start: PhaseStart): void {
    this.#recorder.phases.begin(start);
    for (const line of this.#lines) line.begin(start);
    this.#wake();
  }

  get phases() {
    return this.#recorder.phases;
  }

  get now(): Milliseconds {
    return milliseconds(this.#clock.now() - this.#origin);
  }

  get load(): { readonly inUse: number; readonly queued: number } {
    let inUse = 0;
    let queued = 0;
    for (const line of this.#lines) {
      inUse += line.inUse;
      queued += line.queued;
    }
    return { inUse, queued };
  }

  get baselineLoad(): BaselineLoad {
    const now = this.now;
    const service = this.#lines.map((line) => {
      const { turnedAway, ...completed } = this.#recorder.service('baseline', line.entries);
      return {
        workload: line.workload.index,
        completed,
        running: line.running('baseline', now),
        unserved: line.queued + turnedAway,
      };
    });
    return { service, eventLoop: this.#utilization };
  }

  /** No arrival is due from `at` on; resolves when all have finished, or `grace` after `at`. Closes the pools. */
  async finish(at: Milliseconds, grace: Milliseconds): Promise<WorkerRecording> {
    this.#end = at;
    for (const line of this.#lines) line.endAt(at);
    // A timer may end early, and the last arrivals are due until the very end.
    while (this.now < at) await this.#clock.sleep(milliseconds(Math.max(1, at - this.now)));
    this.#wake();
    await this.#drain(grace);
    this.#alarm.clear();
    const now = this.now;
    const generator = this.#result();
    const closed = this.#lines.map((line) => line.close(now));
    const deadlocks = this.#waits.deadlocks(this.#origin);
    const recording = {
      ...this.#recorder.recording(at, now),
      lockWaits: this.#waits.take(this.#origin),
      lockWaitsLeftOut: this.#waits.leftOut,
      deadlocks,
      generator,
      pids: [
        ...this.#lines.flatMap(({ connections }) => [...connections.pids]),
        // Behind a pooler its backends are not known, but whose deadlock was told to it was one.
        ...deadlocks.map(({ pid }) => pid),
      ],
    };
    await Promise.all(closed);
    this.#collections.stop();
    return recording;
  }

  #wake(): void {
    this.#alarm.clear();
    let next = Infinity;
    for (const line of this.#lines) {
      line.wake(this.now);
      next = Math.min(next, line.nextAt);
    }
    const { inUse, queued } = this.load;
    const now = this.now;
    this.#recorder.load(now, inUse, queued);
    if (next === Infinity && now >= this.#end) return;
    this.#alarm.set(Math.min(next, now + MOST_SLEEP));
  }

  /** Share of the time in which it had something to do. */
  get #utilization(): number {
    const { active, idle } = performance.eventLoopUtilization(this.#busy);
    return active + idle === 0 ? 0 : Math.max(0, active - this.#alarm.spun) / (active + idle);
  }

  #idle(): void {
    if (this.now >= this.#end && this.#lines.every(({ isIdle }) => isIdle)) this.#drained?.();
  }

  async #drain(grace: Milliseconds): Promise<void> {
    if (this.#lines.every(({ isIdle }) => isIdle)) return;
    const over = new AbortController();
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await Promise.race([drained, this.#clock.sleep(grace, over.signal).catch(() => undefined)]);
    over.abort();
  }

  #result(): GeneratorResult {
    const sum = (of: (line: Line) => number): number =>
      this.#lines.reduce((total, line) => total + of(line), 0);
    return {
      workers: 1,
      connections: sum(({ connections }) => connections.size),
      connectionsLost: sum(({ connections }) => connections.lost),
      reconnects: sum(({ connections }) => connections.reconnects),
      eventLoopUtilization: this.#utilization,
      garbageCollection: this.#collections.result(),
      planned: sum(({ planned }) => planned),
      dispatched: sum(({ inTime }) => inTime),
    };
  }
}

/** Unless it is told: where there are enough processors that nobody misses the one that a thread keeps to itself. */
function maySpin({ precision }: TrafficPlan, { count }: Stripe): boolean {
  return precision === undefined ? availableParallelism() >= SPARED * count : precision === 'high';
}

const SPARED = 4;

/** The pauses that this thread made to collect garbage. */
class Collections {
  readonly #observer: PerformanceObserver;
  #longest = 0;
  #total = 0;
  #count = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#longest = Math.max(this.#longest, duration);
        this.#total += duration;
        this.#count++;
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  reset(): void {
    this.#observer.takeRecords();
    this.#longest = this.#total = this.#count = 0;
  }

  result(): GeneratorResult['garbageCollection'] {
    return { longest: milliseconds(this.#longest), total: milliseconds(this.#total), count: this.#count };
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

/** So that the intervals and a new end are noticed also at a rate of one a minute. */
const MOST_SLEEP = 250;
