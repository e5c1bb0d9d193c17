import type { PhaseName } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import type { Arrival, ArrivalOutcome } from './arrival.ts';
import { Cell } from './cells.ts';
import type { PhaseStart, SlowArrival, StallSeen, TrafficRecording } from './messages.ts';
import { PhaseClock } from './phases.ts';
import { StallClock } from './stall.ts';
import { Timeline } from './timeline.ts';

/** Below it nobody needs to know what an arrival waited for. */
const SLOW = milliseconds(20);
/** 200,000 slow arrivals are 8 minutes of standstill at 400/s; what comes after is counted. */
const SLOW_KEPT = 200_000;
const LONG_STALL = milliseconds(50);
const STALLS_KEPT = 10_000;
const INTERVAL = milliseconds(1_000);

/** Accounts for every arrival exactly once. All times are from the origin. */
export class Recorder {
  readonly phases: PhaseClock;
  readonly #names: readonly string[];
  readonly #cells = new Map<PhaseName, readonly Cell[]>();
  readonly #timeline: Timeline;
  readonly #stallClock: StallClock;
  readonly #stalls: StallSeen[] = [];
  readonly #slow: SlowArrival[] = [];
  #slowLeftOut = 0;

  constructor(names: readonly string[], phases: readonly PhaseStart[]) {
    this.#names = names;
    this.phases = new PhaseClock(phases);
    this.#timeline = new Timeline(INTERVAL, (at) => this.phases.of(at));
    this.#stallClock = new StallClock((stall) => {
      this.phases.stall(stall);
      if (stall.duration >= LONG_STALL && this.#stalls.length < STALLS_KEPT) this.#stalls.push(stall);
    });
  }

  dispatched(arrival: Arrival): void {
    this.#cell(arrival).dispatched(arrival);
    this.#timeline.close(arrival.dispatchedAt);
    this.#timeline.due();
    this.#stallClock.due(arrival.at);
  }

  started(arrival: Arrival, at: Milliseconds): void {
    this.#cell(arrival).begun(arrival, at);
  }

  ended(
    arrival: Arrival,
    outcome: ArrivalOutcome,
    span: Pick<SlowArrival, 'startedAt' | 'endedAt' | 'pid'>,
  ): void {
    const response = milliseconds(span.endedAt - arrival.at);
    this.#timeline.close(span.endedAt);
    if (outcome.kind === 'completed') {
      this.#cell(arrival).ended(arrival, span.startedAt, span.endedAt);
      this.#timeline.completed(response);
      this.#stallClock.completed(span.endedAt);
    } else {
      this.#cell(arrival).failed(outcome);
      this.#timeline.failed();
      this.#stallClock.failed(span.endedAt);
    }
    if (response >= SLOW) this.slow({ at: arrival.at, ...span });
  }

  slow(arrival: SlowArrival): void {
    if (this.#slow.length < SLOW_KEPT) this.#slow.push(arrival);
    else this.#slowLeftOut++;
  }

  load(now: Milliseconds, inUse: number, queued: number): void {
    this.#timeline.close(now);
    this.#timeline.load(inUse, queued);
  }

  /** `end`: when the last phase ended; `now`: when the last arrival was given up or finished. */
  recording(end: Milliseconds, now: Milliseconds): Omit<TrafficRecording, 'generator' | 'pids'> {
    this.#stallClock.end(now);
    this.#timeline.finish(now);
    const cells = [...this.#cells.values()].flat().filter((cell) => cell.planned > 0);
    return {
      transactions: cells.map((cell) => cell.result()),
      errors: cells.flatMap((cell) => cell.errors),
      phases: this.phases.results(end),
      timeline: this.#timeline.points,
      slow: this.#slow,
      slowLeftOut: this.#slowLeftOut,
      stalls: this.#stalls,
    };
  }

  #cell({ phase, transaction }: Arrival): Cell {
    let cells = this.#cells.get(phase);
    if (cells === undefined) {
      cells = this.#names.map((name) => new Cell(name, phase));
      this.#cells.set(phase, cells);
    }
    const cell = cells[transaction];
    if (cell === undefined) throw new RangeError(`no transaction has the index ${transaction}`);
    return cell;
  }
}
