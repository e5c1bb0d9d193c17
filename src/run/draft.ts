import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import type { Clock } from '../clock.ts';
import { redact, type Failure } from '../errors.ts';
import { highestRate, type Plan, type PlannedWorkload } from '../plan/index.ts';
import { SCHEMA_VERSION, type Outcome, type Result, type Stage } from '../result/index.ts';
import { milliseconds, since, type Instant } from '../units.ts';

import { datasetKey } from './cached-dataset.ts';
import type { RunEvent } from './events.ts';
import { hostFacts } from './facts.ts';
import { runFailure } from './lost-server.ts';

/** What a run adds to its result, part by part. */
export type Measured = Pick<
  Result,
  | 'server'
  | 'phases'
  | 'transactions'
  | 'warnings'
  | 'timeline'
  | 'intervals'
  | 'errors'
  | 'actors'
  | 'generator'
  | 'migration'
  | 'lockWaits'
  | 'lockWaitsLeftOut'
  | 'blockingChains'
  | 'deadlocks'
  | 'observer'
  | 'leftovers'
  | 'relations'
  | 'aftermath'
  | 'statementBenchmark'
  | 'rerun'
>;

const NOTHING_MEASURED: Measured = {
  phases: [],
  transactions: [],
  warnings: [],
  timeline: { interval: milliseconds(1_000), points: [] },
  intervals: [],
  errors: [],
  actors: [],
  lockWaits: [],
  lockWaitsLeftOut: 0,
  blockingChains: [],
  leftovers: [],
  relations: [],
};

export interface DraftInput {
  readonly plan: Plan;
  readonly version: string;
  readonly clock: Clock;
  /** When the command began. */
  readonly began: Instant;
}

/** A result in the making: whatever happens, what is known so far makes a report. */
export class Draft {
  stage: Stage = 'starting';
  fromCache = false;
  /** Start of the first phase. */
  origin: Instant | undefined;
  measured: Measured = NOTHING_MEASURED;
  readonly #input: DraftInput;
  readonly #startedAt: string;

  constructor(input: DraftInput) {
    this.#input = input;
    this.#startedAt = new Date(input.clock.wallTime()).toISOString();
  }

  add(part: Partial<Measured>): void {
    this.measured = { ...this.measured, ...part };
  }

  /** Hands events on, and knows the stage by them. */
  follow(onEvent: (event: RunEvent) => void): (event: RunEvent) => void {
    return (event) => {
      if (event.kind === 'stage') this.stage = event.stage;
      onEvent(event);
    };
  }

  /** Each sentence once. */
  warn(...sentences: readonly string[]): void {
    this.add({ warnings: [...new Set([...this.measured.warnings, ...sentences])] });
  }

  finish(thrown?: unknown): Result {
    const { plan, version, clock, began } = this.#input;
    const now = clock.now();
    return {
      schemaVersion: SCHEMA_VERSION,
      harness: { name: 'pg-rehearse', version, node: process.version },
      scenario: scenarioFacts(plan),
      dataset: datasetFacts(plan, this.fromCache),
      startedAt: this.#startedAt,
      duration: since(began, now),
      preparation: since(began, this.origin ?? now),
      outcome: this.#outcome(thrown),
      host: hostFacts(),
      ...this.measured,
    };
  }

  #outcome(thrown: unknown): Outcome {
    if (thrown === undefined) return { kind: 'completed' };
    const failure = runFailure(thrown);
    if (failure.code === 'interrupted') return { kind: 'interrupted', during: this.stage };
    return { kind: 'failed', during: this.stage, failure: failureFacts(failure) };
  }
}

function failureFacts({ code, exitCode, message, where, hint }: Failure) {
  const text = redact(where === undefined ? message : `${where}: ${message}`);
  return { code, exitCode, message: text, ...(hint === undefined ? {} : { hint: redact(hint) }) };
}

function datasetFacts({ dataset, traffic }: Plan, fromCache: boolean): Result['dataset'] {
  if (dataset.kind === 'existing')
    return { file: 'existing', hash: '', scale: 1, seed: traffic.seed, fromCache: false, rows: {} };
  const { file, scale, seed, tables } = dataset.resolved;
  const rows = Object.fromEntries(tables.map((table) => [table.display, table.rows]));
  return { file, hash: datasetKey(dataset.resolved), scale, seed, fromCache, rows };
}

function scenarioFacts({ scenario, traffic }: Plan): Result['scenario'] {
  const stated = (rules: typeof scenario.thresholds) =>
    rules.map(({ selector, condition }) => ({ selector, condition }));
  return {
    name: scenario.name,
    file: scenario.file,
    hash: hashOf(scenario),
    parts: partsOf(scenario),
    ...(scenario.safer === undefined ? {} : { safer: join(dirname(scenario.file), scenario.safer) }),
    thresholds: stated(scenario.thresholds),
    validity: stated(scenario.validity),
    accept: scenario.accept,
    workloads: traffic.workloads.map(workloadFacts),
  };
}

function partsOf({ traffic, phases, actors, migration }: Plan['scenario']) {
  const { workloads, grace, workers, precision, transactions } = traffic;
  return {
    load: hashOf({ workloads, grace, workers, precision, phases, actors }),
    transactions: Object.fromEntries(transactions.map((one) => [one.name, hashOf(one)])),
    migration: hashOf(migration),
  };
}

const hashOf = (part: unknown): string =>
  createHash('sha256').update(JSON.stringify(part, withoutPlaces)).digest('hex');

function workloadFacts({
  name,
  executor,
  connections,
}: PlannedWorkload): Result['scenario']['workloads'][number] {
  const facts = { name, executor: executor.kind, connections };
  switch (executor.kind) {
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
      return { ...facts, rate: highestRate(executor) };
    case 'constant-vus':
      return { ...facts, vus: executor.vus };
    case 'max':
      return { ...facts, vus: connections };
  }
}

/** The same scenario in another folder, with another comment above it or allowed elsewhere, is the same scenario. */
const PLACES = ['location', 'file', 'line', 'dataset', 'safer', 'databases', 'otherTraffic'];

const withoutPlaces = (key: string, value: unknown): unknown => (PLACES.includes(key) ? undefined : value);
