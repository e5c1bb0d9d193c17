import type { PhaseStart } from '../plan/index.ts';
import type { PhaseName } from '../result/index.ts';
import { LatencyHistogram } from '../statistics/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { Arrival, ArrivalOutcome } from './arrival.ts';
import { Cell } from './cells.ts';
import { ErrorLog } from './error-log.ts';
import { IntervalLog } from './intervals.ts';
import { LoadClock } from './load-clock.ts';
import { PhaseClock } from './phases.ts';
import {
  LONG_STALL,
  type SlowArrival,
  type StallSeen,
  type UnfinishedPart,
  type WorkerRecording,
} from './recording.ts';

/** Below it nobody needs to know what an arrival waited for. */
const SLOW = milliseconds(20);
/** 200,000 slow arrivals are 8 minutes of standstill at 400/s; what comes after is counted. */
const SLOW_KEPT = 200_000;
const STALLS_KEPT = 10_000;
const INTERVAL = milliseconds(1_000);

/** Accounts for every arrival exactly once, in memory that does not grow with the run. All times are from the origin. */
export class Recorder {
  readonly phases: PhaseClock;
  readonly #cells = new Map<PhaseName, Cell[]>();
  readonly #log = new IntervalLog(INTERVAL);
  readonly #loadClock: LoadClock;
  readonly #errors = new ErrorLog();
  readonly #stalls: StallSeen[] = [];
  readonly #slow: SlowArrival[] = [];
  readonly #unfinished = new Map<
    string,
    { readonly part: Omit<UnfinishedPart, 'ages'>; readonly ages: LatencyHistogram }
  >();
  #slowLeftOut = 0;
  #intervalEnd: number = INTERVAL;
  #inUse = 0;
  #queued = 0;

  constructor(phases: readonly PhaseStart[], memory: SharedArrayBuffer) {
    this.phases = new PhaseClock(phases);
    this.#loadClock = new LoadClock(memory, {
      stall: (stall) => {
        this.phases.stall(stall);
        if (stall.duration >= LONG_STALL && this.#stalls.length < STALLS_KEPT) this.#stalls.push(stall);
      },
      idle: (idle) => this.phases.idle(idle),
    });
  }

  dispatched(arrival: Arrival): void {
    this.#closeUntil(arrival.dispatchedAt);
    this.#cell(arrival).dispatched(arrival);
    this.#loadClock.due(arrival.at);
  }

  /** It found no free connection, and the workload does not let it wait. */
  dropped(arrival: Arrival): void {
    this.#cell(arrival).dropped();
    this.#loadClock.failed(arrival.dispatchedAt);
  }

  /** It waited for a connection for as long as the application does. */
  expired(arrival: Arrival, at: Milliseconds): void {
    this.#closeUntil(at);
    this.#cell(arrival).expired(arrival, at);
    this.#errors.add(arrival, EXPIRED, 'count');
    this.#loadClock.failed(at);
  }

  started(arrival: Arrival, at: Milliseconds): void {
    this.#closeUntil(at);
    this.#cell(arrival).started(arrival, at);
  }

  ended(
    arrival: Arrival,
    outcome: ArrivalOutcome,
    span: Pick<SlowArrival, 'startedAt' | 'endedAt' | 'pid'>,
  ): void {
    this.#closeUntil(span.endedAt);
    const cell = this.#cell(arrival);
    if (outcome.kind === 'completed') {
      cell.completed(arrival, span.startedAt, span.endedAt);
      this.#loadClock.completed(span.endedAt);
    } else {
      cell.failed(arrival, outcome.error.class, span.endedAt);
      this.#errors.add(arrival, outcome.error, 'count');
      this.#loadClock.failed(span.endedAt);
    }
    if (outcome.overcome.length > 0) {
      cell.retried(outcome.overcome.length);
      for (const error of outcome.overcome) this.#errors.add(arrival, error, 'overcome');
    }
    if (span.endedAt - arrival.at >= SLOW) this.#keepSlow({ at: arrival.at, ...span });
  }

  /** The run is over and it is not; `running`: since when and where, if it has begun. */
  unfinished(
    arrival: Arrival,
    now: Milliseconds,
    running: Pick<SlowArrival, 'startedAt' | 'pid'> | undefined,
  ): void {
    const { entry, phase } = arrival;
    const key = `${entry} ${phase}`;
    const known = this.#unfinished.get(key) ?? { part: { entry, phase }, ages: new LatencyHistogram() };
    known.ages.record(milliseconds(now - arrival.at));
    this.#unfinished.set(key, known);
    if (running !== undefined) this.#keepSlow({ at: arrival.at, ...running, endedAt: now });
  }

  load(now: Milliseconds, inUse: number, queued: number): void {
    this.#closeUntil(now);
    if (inUse > this.#inUse) this.#inUse = inUse;
    if (queued > this.#queued) this.#queued = queued;
  }

  /** What arrivals of the phase took once they had a connection, as far as whole intervals know. */
  service(phase: PhaseName, entries: readonly number[]): ServiceSeen {
    let count = 0;
    let sum = 0;
    let turnedAway = 0;
    for (const cell of this.#log.intervals.flatMap(({ cells }) => cells)) {
      if (cell.phase !== phase || !entries.includes(cell.entry)) continue;
      count += cell.completed;
      sum += cell.service.sum;
      turnedAway += cell.dropped + cell.expired;
    }
    return { count, sum, turnedAway };
  }

  /** `end`: when the last phase ended; `now`: when the last arrival was given up or finished. */
  recording(
    end: Milliseconds,
    now: Milliseconds,
  ): Omit<WorkerRecording, 'generator' | 'pids' | 'lockWaits' | 'lockWaitsLeftOut' | 'deadlocks'> {
    this.#closeUntil(now);
    this.#close();
    return {
      width: this.#log.width,
      intervals: this.#log.intervals,
      unfinished: [...this.#unfinished.values()].map(({ part, ages }) => ({ ...part, ages: ages.pack() })),
      errors: this.#errors.entries,
      phases: this.phases.results(end),
      slow: this.#slow,
      slowLeftOut: this.#slowLeftOut,
      stalls: this.#stalls,
      endedAt: now,
    };
  }

  #keepSlow(arrival: SlowArrival): void {
    if (this.#slow.length < SLOW_KEPT) this.#slow.push(arrival);
    else this.#slowLeftOut++;
  }

  #closeUntil(now: Milliseconds): void {
    while (now >= this.#intervalEnd) this.#close();
  }

  #close(): void {
    const cells = [...this.#cells.values()].flat().flatMap((cell) => cell.take() ?? []);
    this.#log.close({ cells, connectionsInUse: this.#inUse, queued: this.#queued });
    this.#inUse = this.#queued = 0;
    this.#intervalEnd = this.#log.nextEnd;
  }

  #cell({ phase, entry }: Arrival): Cell {
    let cells = this.#cells.get(phase);
    if (cells === undefined) {
      cells = [];
      this.#cells.set(phase, cells);
    }
    return (cells[entry] ??= new Cell(entry, phase));
  }
}

/** How many, and their service times together, in milliseconds. */
export interface ServiceSeen {
  readonly count: number;
  readonly sum: number;
  /** Arrivals that were dropped, or waited for a connection for as long as they may. */
  readonly turnedAway: number;
}

const EXPIRED = {
  class: 'pool_wait_timeout',
  sqlState: undefined,
  message: 'no connection became free within acquire_timeout',
  statement: '',
} as const;
