import type { Clock } from '../clock.ts';
import type { PhaseStart, PlannedWorkload, Stripe, TrafficPlan } from '../plan/index.ts';
import type { PhaseName } from '../result/index.ts';
import type { ConnectionSettings, LockWaitLog } from '../target/thread.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { Arrival, ArrivalOutcome } from './arrival.ts';
import { entriesOf } from './entries.ts';
import type { Execution } from './execution.ts';
import { Fifo } from './fifo.ts';
import { loadOf, type Due, type Load } from './load.ts';
import type { ServiceTimes } from './messages.ts';
import { Pool } from './pool.ts';
import { compile, type Program } from './program.ts';
import type { RecentWindow } from './recent.ts';
import type { Recorder } from './recorder.ts';

export interface LineSettings {
  readonly plan: TrafficPlan;
  readonly workload: PlannedWorkload;
  readonly stripe: Stripe;
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly waits: LockWaitLog;
}

/** What the line of one workload tells while the run goes on. */
interface Witness {
  readonly recorder: Recorder;
  readonly recent: RecentWindow;
  readonly now: () => Milliseconds;
  /** Something ended: perhaps it was the last. */
  readonly onIdle: () => void;
  /** Something will be due that nobody could know of. */
  readonly wakeAt: (at: number) => void;
}

interface Running {
  readonly arrival: Arrival;
  readonly startedAt: Milliseconds;
}

/** The arrivals of one workload on their way through its pool: due, in line for a connection, running. */
export class Line {
  planned = 0;
  inTime = 0;
  readonly entries: readonly number[];
  readonly workload: PlannedWorkload;
  readonly #programs: readonly Program[];
  readonly #load: Load;
  readonly #pool: Pool;
  readonly #waiting = new Fifo<Arrival>();
  readonly #running = new Map<Execution, Running>();
  #witness: Witness | undefined;
  #end = milliseconds(Infinity);

  private constructor(settings: LineSettings, programs: ReadonlyMap<number, Program>, pool: Pool) {
    const { plan, workload, stripe } = settings;
    this.workload = workload;
    this.entries = [...programs.keys()];
    this.#programs = [...programs.values()];
    this.#load = loadOf(workload, plan.seed, stripe);
    this.#pool = pool;
  }

  /** Opens its part of the pool. Throws `Failure('target.unavailable')`. */
  static async prepare(settings: LineSettings): Promise<Line> {
    const { plan, workload, stripe, connection, clock, waits } = settings;
    const entries = entriesOf(plan).filter((entry) => entry.workload.index === workload.index);
    const programs = new Map(
      entries.map((entry) => [entry.index, compile(entry, plan.workloads.length, plan.seed)]),
    );
    const late: { line?: Line } = {};
    const pool = await Pool.open({
      connection,
      workload,
      size: shareOf(workload.connections, stripe),
      seed: plan.seed,
      statements: [...programs.values()].flatMap(({ statements }) => statements),
      clock,
      waits,
      onFree: () => late.line?.serveWaiting(),
    });
    late.line = new Line(settings, programs, pool);
    return late.line;
  }

  start(witness: Witness): void {
    this.#witness = witness;
  }

  begin(phase: PhaseStart): void {
    this.#load.begin(phase);
  }

  /** Nothing is due from then on. */
  endAt(end: Milliseconds): void {
    this.#end = end;
  }

  get inUse(): number {
    return this.#pool.inUse;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0;
  }

  /** Arrivals of the phase that are running, and for how long in all. */
  running(phase: PhaseName, now: Milliseconds): ServiceTimes {
    const began = [...this.#running.values()]
      .filter(({ arrival }) => arrival.phase === phase)
      .map(({ startedAt }) => startedAt);
    return { count: began.length, sum: began.reduce((sum, at) => sum + now - at, 0) };
  }

  /** When it wants to be woken. */
  get nextAt(): number {
    const due = this.#load.nextAt < this.#end ? this.#load.nextAt : Infinity;
    const { acquireTimeout } = this.workload.manners;
    const first = this.#waiting.first;
    return acquireTimeout === undefined || first === undefined
      ? due
      : Math.min(due, first.dispatchedAt + acquireTimeout);
  }

  /** Dispatches all that is due. */
  wake(now: Milliseconds): void {
    const witness = this.#witness;
    if (witness === undefined) return;
    this.#expire(now, witness);
    while (this.#load.nextAt < this.#end) {
      const due = this.#load.take(now);
      if (due === undefined) return;
      // Not when it woke up: after a pause the last of hundreds is later than the first.
      this.#dispatch(due, witness.now(), witness);
    }
  }

  serveWaiting(): void {
    while (this.#waiting.length > 0) {
      const execution = this.#pool.take();
      if (execution === undefined) return;
      const arrival = this.#waiting.shift();
      if (arrival === undefined) {
        this.#pool.giveBack(execution);
        return;
      }
      this.#run(arrival, execution);
    }
    if (this.#running.size === 0) this.#witness?.onIdle();
  }

  /** What has not ended is handed over to the record; closes the pool. */
  async close(now: Milliseconds): Promise<void> {
    const recorder = this.#witness?.recorder;
    const running = [...this.#running];
    this.#running.clear();
    for (const [{ session }, { arrival, startedAt }] of running)
      recorder?.unfinished(arrival, now, { startedAt, pid: session.pid });
    for (let arrival = this.#waiting.shift(); arrival !== undefined; arrival = this.#waiting.shift())
      recorder?.unfinished(arrival, now, undefined);
    await this.#pool.close(running.map(([execution]) => execution));
  }

  get connections(): Pick<Pool, 'size' | 'lost' | 'reconnects' | 'pids'> {
    return this.#pool;
  }

  #dispatch({ slot, transaction, at, user }: Due, now: Milliseconds, witness: Witness): void {
    const { recorder } = witness;
    const entry = this.entries[transaction] ?? 0;
    const arrival: Arrival = { slot, entry, at, phase: recorder.phases.of(at), dispatchedAt: now, user };
    this.planned++;
    if (now - at < IN_TIME) this.inTime++;
    recorder.dispatched(arrival);
    const execution = this.#waiting.length === 0 ? this.#pool.take() : undefined;
    if (execution !== undefined) this.#run(arrival, execution);
    else if (this.#drops) recorder.dropped(arrival);
    else this.#waiting.push(arrival);
  }

  get #drops(): boolean {
    const { executor } = this.workload;
    return 'whenSaturated' in executor && executor.whenSaturated === 'drop';
  }

  /** Those who waited longest are first in line. */
  #expire(now: Milliseconds, { recorder }: Witness): void {
    const { acquireTimeout } = this.workload.manners;
    if (acquireTimeout === undefined) return;
    for (
      let first = this.#waiting.first;
      first !== undefined && first.dispatchedAt + acquireTimeout <= now;
      first = this.#waiting.first
    ) {
      this.#waiting.shift();
      recorder.expired(first, now);
      if (first.user >= 0) this.#load.done(first.user, now);
    }
  }

  #run(arrival: Arrival, execution: Execution): void {
    const witness = this.#witness;
    const program = this.#programs[arrival.entry - (this.entries[0] ?? 0)];
    if (witness === undefined || program === undefined) return;
    const startedAt = witness.now();
    this.#running.set(execution, { arrival, startedAt });
    witness.recorder.started(arrival, startedAt);
    execution.run(program, arrival.slot, (outcome) => this.#ended(execution, outcome));
  }

  #ended(execution: Execution, outcome: ArrivalOutcome): void {
    const witness = this.#witness;
    const running = this.#running.get(execution);
    if (witness === undefined || running === undefined) return;
    this.#running.delete(execution);
    const { arrival, startedAt } = running;
    const endedAt = witness.now();
    const { pid } = execution.session;
    witness.recorder.ended(arrival, outcome, { startedAt, endedAt, pid });
    witness.recent.ended(outcome.kind === 'completed', milliseconds(endedAt - arrival.at));
    this.#pool.giveBack(execution);
    if (arrival.user < 0) {
      this.serveWaiting();
      return;
    }
    this.#load.done(arrival.user, endedAt);
    this.#goOn();
  }

  /** A closed loop's own next turn, and whoever waits. */
  #goOn(): void {
    this.serveWaiting();
    const witness = this.#witness;
    if (witness === undefined) return;
    this.wake(witness.now());
    witness.wakeAt(this.nextAt);
  }
}

/** Later than that, the load was not the one that was planned. */
const IN_TIME = milliseconds(1_000);

/** Of so many things, those of one worker. */
export const shareOf = (total: number, { index, count }: Stripe): number =>
  Math.floor(total / count) + (index < total % count ? 1 : 0);
