import { Bench } from 'tinybench';

import type { Clock } from '../clock.ts';
import { executedPlanOf, type PartitionRoots } from '../observer/index.ts';
import type { ErrorClass, ExecutedPlan, StatementBenchmark } from '../result/index.ts';
import type { Trial, TrialProgram, TrialSession, WalkEnd } from '../traffic/index.ts';
import { after, milliseconds, since, type Instant, type Milliseconds } from '../units.ts';

/** How the statements of the traffic fare at one moment. */
export interface Look {
  readonly duration: Milliseconds;
  /** Round trips for nothing, round by round. */
  readonly calibration: readonly (readonly number[])[];
  readonly statements: readonly StatementLook[];
  /** Walks in their order, to be gone again. */
  readonly walks: readonly Walked[];
  readonly leftOut: StatementBenchmark['leftOut'];
}

export interface StatementLook {
  readonly workload: string;
  readonly transaction: string;
  readonly text: string;
  /** Times by the slot of the arrival, in the order in which they were taken. */
  readonly series: ReadonlyMap<number, readonly number[]>;
  /** Of its first arrival. */
  readonly rows: number;
  readonly executed: ExecutedPlan | undefined;
  readonly failure: { readonly error: ErrorClass; readonly message: string } | undefined;
  /** What has ended an arrival of its transaction. */
  readonly stop: string | undefined;
}

export interface Walked {
  /** Place among the programs. */
  readonly program: number;
  readonly slot: number;
  /** Statements that were tried on it. */
  readonly texts: readonly string[];
}

export interface LookSettings {
  readonly programs: readonly TrialProgram[];
  readonly firstSlot: number;
  /** Of all statements together. */
  readonly time: Milliseconds;
  readonly roots: PartitionRoots;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Enough to meet a hot key and a cold one. */
const ARRIVALS = 3;
/** Some arms of a transaction are rare: so many arrivals are walked through to meet them. */
const MOST_WALKS = 24;
/** Of one arrival. More are no use for a median, and each leaves dead rows. */
const MOST_SAMPLES = 100;
const LEAST_SAMPLES = 5;
/** The server chooses between a plan for the values and one for all after the fifth execution (manual, PREPARE, Notes). */
const WARM_UP = 6;
const CALIBRATIONS = 60;
/** What takes longer is tried on one arrival only, and without warm-up. */
const SLOW = milliseconds(20);
/** What takes longer than this share of the whole time is executed once. */
const VERY_SLOW = 4;
/** In all, in times of the time that was asked for: afterwards nothing new is tried. */
const PATIENCE = 5;

/** Tries every statement on a few arrivals, round by round, so that a busy moment of the machine does not fall on one statement alone. */
export async function look(session: TrialSession, settings: LookSettings): Promise<Look> {
  const looking = new Looking(session, settings);
  await looking.calibrate();
  for (let round = 0; round < MOST_WALKS && looking.isWanting; round++) {
    if (round > 0 && round < ARRIVALS) await looking.calibrate();
    for (const place of settings.programs.keys()) {
      const texts = looking.wanted(place);
      if (texts.length > 0) await looking.walk({ program: place, slot: settings.firstSlot + round, texts });
    }
  }
  return looking.found();
}

/** The same walks once more. */
export async function lookAgain(
  session: TrialSession,
  settings: LookSettings,
  { walks }: Look,
): Promise<Look> {
  const looking = new Looking(session, settings);
  let slot = settings.firstSlot;
  await looking.calibrate();
  for (const walked of walks) {
    if (walked.slot !== slot && walked.slot < settings.firstSlot + ARRIVALS) await looking.calibrate();
    slot = walked.slot;
    await looking.walk(walked);
  }
  return looking.found();
}

interface Found {
  readonly series: Map<number, readonly number[]>;
  rows: number;
  executed: ExecutedPlan | undefined;
  failure: StatementLook['failure'];
  /** It is too slow to be tried on another arrival. */
  isSlow: boolean;
}

class Looking {
  readonly #session: TrialSession;
  readonly #settings: LookSettings;
  readonly #begun: Instant;
  readonly #deadline: Instant;
  /** By program and text. */
  readonly #found: readonly ReadonlyMap<string, Found>[];
  /** Transactions whose arrivals come to no end, by their place. */
  readonly #failures: number[];
  /** The first reason for it. */
  readonly #stops: (string | undefined)[];
  readonly #calibration: (readonly number[])[] = [];
  readonly #walks: Walked[] = [];

  constructor(session: TrialSession, settings: LookSettings) {
    const { programs, clock, time } = settings;
    this.#session = session;
    this.#settings = settings;
    this.#begun = clock.now();
    this.#deadline = after(this.#begun, milliseconds(PATIENCE * time));
    this.#found = programs.map(({ statements }) => new Map(statements.map((text) => [text, nothingYet()])));
    this.#failures = programs.map(() => 0);
    this.#stops = programs.map(() => undefined);
  }

  get isWanting(): boolean {
    return this.#settings.programs.some((_, place) => this.wanted(place).length > 0);
  }

  /** What is to be tried on another arrival of the transaction. */
  wanted(place: number): readonly string[] {
    if ((this.#failures[place] ?? 0) >= ARRIVALS || this.#isLate) return [];
    return [...(this.#found[place] ?? [])].flatMap(([text, { series, isSlow }]) =>
      series.size < ARRIVALS && !isSlow ? [text] : [],
    );
  }

  async calibrate(): Promise<void> {
    const samples: number[] = [];
    for (let count = 0; count < CALIBRATIONS; count++) samples.push((await this.#session.nothing()).duration);
    this.#calibration.push(samples);
  }

  async walk(walked: Walked): Promise<void> {
    const { program: place, slot, texts } = walked;
    const program = this.#settings.programs[place];
    const found = this.#found[place];
    if (program === undefined || found === undefined || this.#isLate) return;
    const tried: string[] = [];
    const end = await this.#session.walk(program, slot, async (trial) => {
      const one = found.get(trial.text);
      if (one === undefined || !texts.includes(trial.text) || tried.includes(trial.text)) return;
      tried.push(trial.text);
      if (!one.isSlow && !this.#isLate) await this.#try(trial, slot, one);
    });
    this.#settings.signal.throwIfAborted();
    if (end.kind === 'failed') this.#failed(place, found, end);
    if (tried.length > 0) this.#walks.push({ program: place, slot, texts: tried });
  }

  found(): Look {
    const { programs, clock } = this.#settings;
    return {
      duration: since(this.#begun, clock.now()),
      calibration: this.#calibration,
      walks: this.#walks,
      statements: programs.flatMap(({ workload, transaction }, place) =>
        [...(this.#found[place] ?? [])].map(([text, { series, rows, executed, failure }]) => ({
          workload,
          transaction,
          text,
          series,
          rows,
          executed,
          failure,
          stop: this.#stops[place],
        })),
      ),
      leftOut: programs.flatMap(({ workload, transaction, others }) =>
        others.map((text) => ({ workload, transaction, statement: text, reason: NO_QUERY })),
      ),
    };
  }

  get #isLate(): boolean {
    return this.#settings.clock.now() > this.#deadline;
  }

  /** An even share of the time for each trial. */
  get #share(): Milliseconds {
    const { programs, time } = this.#settings;
    const statements = programs.reduce((sum, program) => sum + program.statements.length, 0);
    return milliseconds(time / Math.max(1, ARRIVALS * statements));
  }

  async #try(trial: Trial, slot: number, one: Found): Promise<void> {
    const first = await trial.run();
    if (one.series.size === 0) one.rows = first.rows;
    one.isSlow = first.duration > SLOW;
    const isOnce = first.duration > this.#settings.time / VERY_SLOW;
    one.series.set(slot, isOnce ? [first.duration] : await this.#samples(trial, one.isSlow));
    // Last, so that it is the plan at which the server has arrived.
    one.executed ??= executedPlanOf(await trial.explain(), this.#settings.roots);
  }

  /** Bounded by time and by count: an execution costs at least the share that leaves room for the most of them. */
  async #samples(trial: Trial, isSlow: boolean): Promise<readonly number[]> {
    const { clock } = this.#settings;
    const share = this.#share;
    const samples: number[] = [];
    const bench = new Bench({
      time: share,
      iterations: LEAST_SAMPLES,
      warmup: !isSlow,
      warmupTime: 0,
      warmupIterations: WARM_UP,
      now: () => clock.now(),
      throws: true,
    });
    bench.add(
      trial.text,
      async () => {
        const begun = clock.now();
        const { duration } = await trial.run();
        samples.push(duration);
        const cost = Math.max(since(begun, clock.now()), share / MOST_SAMPLES);
        return { overriddenDuration: duration, overriddenIterationCost: cost };
      },
      // Before the warm-up and before what counts.
      { async: true, beforeAll: () => void samples.splice(0) },
    );
    await bench.run();
    return samples;
  }

  #failed(
    place: number,
    found: ReadonlyMap<string, Found>,
    end: WalkEnd & { readonly kind: 'failed' },
  ): void {
    // What takes too long once would do so again.
    this.#failures[place] = (this.#failures[place] ?? 0) + (end.error === 'cancelled' ? ARRIVALS : 1);
    this.#stops[place] ??= end.message;
    const one = found.get(end.text);
    if (one !== undefined) one.failure ??= { error: end.error, message: end.message };
  }
}

const NO_QUERY = 'PREPARE takes queries and changes of rows only';

const nothingYet = (): Found => ({
  series: new Map(),
  rows: 0,
  executed: undefined,
  failure: undefined,
  isSlow: false,
});
