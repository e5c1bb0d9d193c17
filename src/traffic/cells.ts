import type {
  ErrorClass,
  ErrorSample,
  LatencySummary,
  PhaseName,
  TransactionResult,
} from '../result/index.ts';
import { LatencyHistogram } from '../statistics/index.ts';
import { milliseconds } from '../units.ts';

import type { Arrival, ArrivalOutcome } from './arrival.ts';

/** What is known of one transaction in one phase. */
export class Cell {
  readonly name: string;
  readonly phase: PhaseName;
  readonly response = new LatencyHistogram();
  readonly service = new LatencyHistogram();
  readonly queueWait = new LatencyHistogram();
  readonly dispatchLag = new LatencyHistogram();
  readonly #failed = new Map<ErrorClass, number>();
  readonly #samples = new Map<string, ErrorSample>();
  planned = 0;
  completed = 0;
  started = 0;

  constructor(name: string, phase: PhaseName) {
    this.name = name;
    this.phase = phase;
  }

  dispatched(arrival: Arrival): void {
    this.planned++;
    this.dispatchLag.record(milliseconds(arrival.dispatchedAt - arrival.at));
  }

  begun(arrival: Arrival, at: number): void {
    this.started++;
    this.queueWait.record(milliseconds(at - arrival.dispatchedAt));
  }

  ended(arrival: Arrival, startedAt: number, endedAt: number): void {
    this.completed++;
    this.response.record(milliseconds(endedAt - arrival.at));
    this.service.record(milliseconds(endedAt - startedAt));
  }

  failed(outcome: ArrivalOutcome & { kind: 'failed' }): void {
    this.#failed.set(outcome.class, (this.#failed.get(outcome.class) ?? 0) + 1);
    const kind = `${outcome.class} ${outcome.sqlState ?? ''}`;
    const seen = this.#samples.get(kind);
    const { sqlState, message, statement } = outcome;
    this.#samples.set(kind, {
      transaction: this.name,
      phase: this.phase,
      class: outcome.class,
      ...(sqlState === undefined ? {} : { sqlState }),
      message: seen?.message ?? message,
      statement: seen?.statement ?? statement,
      count: (seen?.count ?? 0) + 1,
    });
  }

  get errors(): readonly ErrorSample[] {
    return [...this.#samples.values()];
  }

  result(): TransactionResult {
    const failed = [...this.#failed.values()].reduce((sum, one) => sum + one, 0);
    return {
      name: this.name,
      phase: this.phase,
      planned: this.planned,
      completed: this.completed,
      failed,
      failedByClass: Object.fromEntries(this.#failed),
      inFlight: this.started - this.completed - failed,
      neverStarted: this.planned - this.started,
      response: summary(this.response),
      service: summary(this.service),
      queueWait: summary(this.queueWait),
      dispatchLag: summary(this.dispatchLag),
    };
  }
}

function summary(histogram: LatencyHistogram): LatencySummary {
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p95: histogram.percentile(95),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    max: histogram.max,
    histogram: histogram.encode(),
  };
}
