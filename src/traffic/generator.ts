import { performance, type EventLoopUtilization } from 'node:perf_hooks';

import type { Clock } from '../clock.ts';
import { Arrivals } from '../plan/index.ts';
import { milliseconds, type Instant, type Milliseconds } from '../units.ts';

import type { Arrival } from './arrival.ts';
import { Fifo } from './fifo.ts';
import type { PhaseStart, TrafficRecording, Assignment } from './messages.ts';
import { Pool, type PooledConnection } from './pool.ts';
import { compileTransaction, type TransactionProgram } from './program.ts';
import { Recorder } from './recorder.ts';
import { RecentWindow } from './recent.ts';

/**
 * Starts each arrival at its time, whether or not the database keeps up: one absolute timetable; a wake-up dispatches all that is due, then
 * sleeps until the next. An arrival without a free connection waits in line.
 */
export class Generator {
  readonly #input: Assignment;
  readonly #clock: Clock;
  readonly #programs: readonly TransactionProgram[];
  readonly #waiting = new Fifo<Arrival>();
  readonly #running = new Map<Arrival, { readonly startedAt: Milliseconds; readonly pid: number }>();
  readonly #arrivals: Arrivals;
  readonly #pool: Pool;
  readonly recent = new RecentWindow();
  #recorder = new Recorder([], []);
  #origin: Instant;
  #end = milliseconds(Number.POSITIVE_INFINITY);
  #planned = 0;
  #inTime = 0;
  #busy: EventLoopUtilization;
  #timer: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  private constructor(input: Assignment, clock: Clock, pool: (onFree: () => void) => Pool) {
    this.#input = input;
    this.#clock = clock;
    this.#origin = clock.now();
    this.#busy = performance.eventLoopUtilization();
    this.#arrivals = new Arrivals(input.plan, input.stripe);
    this.#programs = input.plan.transactions.map((transaction) =>
      compileTransaction(transaction, input.plan),
    );
    this.#pool = pool(() => this.#serveWaiting());
  }

  /** Opens the pool. Throws `Failure('target.unavailable')`. */
  static async prepare(input: Assignment, clock: Clock): Promise<Generator> {
    let freed = (): void => undefined;
    const pool = await Pool.open(input.connection, input.plan, clock, () => freed());
    return new Generator(input, clock, (onFree) => {
      freed = onFree;
      return pool;
    });
  }

  start(origin: Instant, phases: readonly PhaseStart[]): void {
    this.#origin = origin;
    this.#recorder = new Recorder(
      this.#input.plan.transactions.map(({ name }) => name),
      phases,
    );
    this.#busy = performance.eventLoopUtilization();
    this.#wake();
  }

  beginPhase(start: PhaseStart): void {
    this.#recorder.phases.begin(start);
  }

  get phases() {
    return this.#recorder.phases;
  }

  get now(): Milliseconds {
    return milliseconds(this.#clock.now() - this.#origin);
  }

  get load(): { readonly inUse: number; readonly queued: number } {
    return { inUse: this.#pool.inUse, queued: this.#waiting.length };
  }

  /** No arrival is due from `at` on; resolves when all have finished, or `grace` after `at`. Closes the pool. */
  async finish(at: Milliseconds, grace: Milliseconds): Promise<TrafficRecording> {
    this.#end = at;
    const untilEnd = milliseconds(Math.max(0, at - this.now));
    await this.#clock.sleep(untilEnd);
    this.#wake();
    await this.#drain(grace);
    clearTimeout(this.#timer);
    const recording = this.#recording(at);
    await this.#pool.close();
    return recording;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const now = this.now;
    while (this.#arrivals.at <= now && this.#arrivals.at < this.#end) this.#dispatch(now);
    this.#recorder.load(now, this.#pool.inUse, this.#waiting.length);
    if (this.#arrivals.at >= this.#end) return;
    this.#timer = setTimeout(
      () => this.#wake(),
      Math.min(MOST_SLEEP, Math.max(1, this.#arrivals.at - this.now)),
    );
  }

  #dispatch(now: Milliseconds): void {
    const { slot, at, transaction } = this.#arrivals;
    const arrival: Arrival = {
      slot,
      at,
      transaction,
      phase: this.#recorder.phases.of(at),
      dispatchedAt: now,
    };
    this.#arrivals.advance();
    this.#planned++;
    if (now - at < IN_TIME) this.#inTime++;
    this.#recorder.dispatched(arrival);
    const connection = this.#waiting.length === 0 ? this.#pool.take() : undefined;
    if (connection === undefined) this.#waiting.push(arrival);
    else void this.#run(arrival, connection);
  }

  #serveWaiting(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#pool.take();
      if (connection === undefined) return;
      const arrival = this.#waiting.shift();
      if (arrival === undefined) {
        this.#pool.giveBack(connection);
        return;
      }
      void this.#run(arrival, connection);
    }
    if (this.#running.size === 0) this.#drained?.();
  }

  async #run(arrival: Arrival, connection: PooledConnection): Promise<void> {
    const startedAt = this.now;
    const { pid } = connection.session;
    this.#running.set(arrival, { startedAt, pid });
    this.#recorder.started(arrival, startedAt);
    const outcome = await this.#programs[arrival.transaction]?.(connection, arrival.slot);
    // Given up at the end of the run: it has been counted as in flight.
    if (outcome === undefined || !this.#running.delete(arrival)) return;
    const endedAt = this.now;
    this.#recorder.ended(arrival, outcome, { startedAt, endedAt, pid });
    this.recent.ended(outcome.kind === 'completed', milliseconds(endedAt - arrival.at));
    this.#pool.giveBack(connection);
    this.#serveWaiting();
  }

  async #drain(grace: Milliseconds): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.length === 0) return;
    const over = new AbortController();
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await Promise.race([drained, this.#clock.sleep(grace, over.signal).catch(() => undefined)]);
    over.abort();
  }

  #recording(end: Milliseconds): TrafficRecording {
    const now = this.now;
    for (const [arrival, { startedAt, pid }] of this.#running)
      this.#recorder.slow({ at: arrival.at, startedAt, endedAt: now, pid });
    this.#running.clear();
    return {
      ...this.#recorder.recording(end, now),
      pids: [...this.#pool.pids],
      generator: {
        connections: this.#input.plan.connections,
        connectionsLost: this.#pool.lost,
        reconnects: this.#pool.reconnects,
        eventLoopUtilization: performance.eventLoopUtilization(this.#busy).utilization,
        planned: this.#planned,
        dispatched: this.#inTime,
      },
    };
  }
}

/** Later than that, the load was not the one that was planned. */
const IN_TIME = milliseconds(1_000);

/** So that the timeline and a new end are noticed also at a rate of one a minute. */
const MOST_SLEEP = 250;
