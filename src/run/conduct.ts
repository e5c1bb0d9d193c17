import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import {
  installEventTriggers,
  runMigration,
  type MigrationEvent,
  type MigrationRun,
} from '../migration/index.ts';
import { startObserver, type Observer } from '../observer/index.ts';
import { actorStatements, type Plan } from '../plan/index.ts';
import { parseDeadlockDetail } from '../postgres/index.ts';
import type { Result, Stage } from '../result/index.ts';
import {
  LockWaitLog,
  sqlStateOf,
  withSession,
  type ConnectionSettings,
  type LockReporting,
} from '../target/index.ts';
import {
  checkStatements,
  type GeneratorThreads,
  type Traffic,
  type TrafficRecording,
} from '../traffic/index.ts';
import { after, formatDuration, instant, milliseconds, type Instant, type Milliseconds } from '../units.ts';

import { requireCapacity } from './capacity.ts';
import { Cast } from './cast.ts';
import type { Draft } from './draft.ts';
import type { RunEvent } from './events.ts';
import { gather } from './gather.ts';
import { runFailure } from './lost-server.ts';
import type { Stop } from './stop.ts';

export interface Conditions {
  readonly plan: Plan;
  readonly connection: ConnectionSettings;
  /** Where the traffic connects instead; undefined: to the server as well. */
  readonly pooler: ConnectionSettings | undefined;
  readonly reporting: LockReporting;
  readonly generator: GeneratorThreads;
  /** Folder in which commands run. */
  readonly directory: string;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly draft: Draft;
  /** Text of the server's log; undefined where it is not ours to read. */
  readonly serverLog: (() => Promise<string>) | undefined;
  /** Where the server is in one. */
  readonly container?: NonNullable<Result['server']>['container'];
  /** In a database that is not the run's own, where others may be at work. */
  readonly inPlace?: boolean;
  /** Throws `Failure('target.lost')` where a server that is not ours, or the network, broke a moment ago. */
  readonly requireSound?: () => Promise<void>;
  readonly onEvent: (event: RunEvent) => void;
}

/** Time for the generator's and the observer's threads to be where they should be when the first arrival is due. */
const LEAD = milliseconds(100);
/** A new phase begins a little ahead, so that the generator knows of it in time. */
const NOTICE = milliseconds(25);
/** How long the generator may take to hand over its records. */
const PATIENCE = milliseconds(15_000);
/** From a lost connection to the end of the server's last process; generous. */
const SERVER_EXIT = milliseconds(5_000);

/** Goes through the phases. Whatever ends them early, what was measured by then is in the draft; then throws the reason. */
export async function conduct(conditions: Conditions): Promise<void> {
  const { plan, connection, pooler, reporting, generator, clock, stop, draft, onEvent } = conditions;
  const { inPlace = false } = conditions;
  await stop.race(checkStatements(connection, actorStatements(plan.scenario.actors)));
  await using triggers = await installEventTriggers(connection, { inPlace });
  if (triggers.missing !== undefined) draft.warn(unwitnessed(triggers.missing));
  const watching: { observer?: Observer } = {};
  await using traffic = await stop.race(
    generator.prepare(plan.traffic, connection, {
      onProgress: (progress) =>
        onEvent({ kind: 'traffic', progress, waitingSessions: watching.observer?.waitingNow ?? 0 }),
      pooler,
      signal: stop.signal,
    }),
  );
  traffic.broken.catch((error: unknown) => stop.because(runFailure(error)));
  const origin = after(clock.now(), LEAD);
  await using observer = await startObserver({ connection, clock, origin, reporting });
  watching.observer = observer;
  const waits = { migration: new LockWaitLog(clock), actors: new LockWaitLog(clock) };
  const stage = { connection, clock, origin, waits: waits.actors };
  await using cast = new Cast(plan.scenario.actors, stage, observer);
  await new Performance(conditions, { traffic, observer, cast, origin, waits }).play();
}

interface Players {
  readonly traffic: Traffic;
  readonly observer: Observer;
  readonly cast: Cast;
  readonly origin: Instant;
  readonly waits: { readonly migration: LockWaitLog; readonly actors: LockWaitLog };
}

/** One passage through warmup, baseline, migration and recovery. */
class Performance {
  readonly #conditions: Conditions;
  readonly #players: Players;
  readonly #migrationStart: Milliseconds;
  #migration: Promise<MigrationRun> | undefined;
  readonly #migrationStop = new AbortController();

  constructor(conditions: Conditions, players: Players) {
    this.#conditions = conditions;
    this.#players = players;
    const { warmup, baseline } = conditions.plan.scenario.phases;
    this.#migrationStart = milliseconds(warmup + baseline);
  }

  async play(): Promise<void> {
    const { plan, stop } = this.#conditions;
    const { phases } = plan.scenario;
    let reason: unknown;
    let end: Milliseconds | undefined;
    try {
      this.#begin();
      await this.#until(phases.warmup);
      this.#enter('baseline', `${formatDuration(phases.baseline)} of traffic alone`);
      await this.#until(this.#migrationStart);
      await this.#checkCapacity();
      await this.#migrate();
      end = await this.#recover();
    } catch (error) {
      reason = error;
      this.#migrationStop.abort(error);
    }
    await this.#close(end, stop.signal.aborted ? milliseconds(0) : plan.traffic.grace);
    if (reason !== undefined) throw runFailure(reason);
  }

  #begin(): void {
    const { traffic, cast, origin } = this.#players;
    const { plan, draft } = this.#conditions;
    draft.origin = origin;
    this.#enter('warmup', `${formatDuration(plan.scenario.phases.warmup)}, not judged`);
    traffic.start(origin, [
      { phase: 'warmup', at: milliseconds(0) },
      { phase: 'baseline', at: plan.scenario.phases.warmup },
      { phase: 'migration', at: this.#migrationStart },
    ]);
    cast.schedule('baseline', plan.scenario.phases.warmup);
    cast.schedule('migration', this.#migrationStart);
  }

  /** A pool that is too small already would queue for ever, whatever the migration does. */
  async #checkCapacity(): Promise<void> {
    const { plan, stop, draft } = this.#conditions;
    const load = await stop.race(this.#players.traffic.baselineLoad());
    draft.warn(...requireCapacity(plan.traffic, load));
  }

  /** Ends with the migration, but not before the phase's least time. */
  async #migrate(): Promise<void> {
    const { plan, connection, reporting, clock, directory, stop } = this.#conditions;
    const { min, max } = plan.scenario.phases.migration;
    await stop.race(this.#players.cast.onStage('migration'));
    this.#enter(
      'migration',
      `${plan.scenario.migration.length} ${plan.scenario.migration.length === 1 ? 'step' : 'steps'} under traffic`,
    );
    const limit = setTimeout(() => this.#migrationStop.abort(tooLong(max)), max);
    try {
      this.#migration = runMigration(plan.scenario.migration, {
        connection,
        clock,
        origin: this.#players.origin,
        directory,
        signal: this.#migrationStop.signal,
        waits: this.#players.waits.migration,
        sees: reporting.sees,
        onEvent: (event) => this.#migrationEvent(event),
      });
      const { outcome } = await stop.race(this.#migration);
      if (outcome === 'failed') await this.#hearOfServer();
    } finally {
      clearTimeout(limit);
    }
    await this.#until(milliseconds(this.#migrationStart + min));
  }

  /** A step that failed with its server is the server's failure: whoever watches the server will say so in a moment. */
  async #hearOfServer(): Promise<void> {
    const { connection, clock, stop, requireSound } = this.#conditions;
    try {
      await withSession(connection, 'audit', (session) => session.query('SELECT 1'));
    } catch (error) {
      // With a SQLSTATE the server is there, and only recovers from a crash of one of its processes.
      if (sqlStateOf(error) === undefined) await stop.race(clock.sleep(SERVER_EXIT, stop.signal));
    }
    if (requireSound !== undefined) await stop.race(requireSound());
  }

  async #recover(): Promise<Milliseconds> {
    const { plan } = this.#conditions;
    const { traffic, cast } = this.#players;
    const at = milliseconds(this.#now() + NOTICE);
    traffic.beginPhase({ phase: 'recovery', at });
    cast.schedule('recovery', at);
    this.#enter('recovery', `${formatDuration(plan.scenario.phases.recovery)} after the migration`);
    const end = milliseconds(at + plan.scenario.phases.recovery);
    await this.#until(end);
    return end;
  }

  /** Ends everybody and writes down what they know; also when the server or the generator is gone. */
  async #close(end: Milliseconds | undefined, grace: Milliseconds): Promise<void> {
    const { plan, draft, serverLog } = this.#conditions;
    const { observer, cast, waits, origin } = this.#players;
    const migration = await this.#migration;
    // A generator that is gone takes its records along; the rest of the report stands.
    const recording = await this.#recording(end ?? this.#now(), grace);
    const actors = await cast.dismiss();
    const heard = {
      migration: waits.migration.take(origin),
      actor: waits.actors.take(origin),
    };
    const deadlocks = [
      ...waits.migration.deadlocks(origin),
      ...waits.actors.deadlocks(origin),
      ...(recording?.deadlocks ?? []),
    ];
    const all = [
      ...heard.migration,
      ...heard.actor,
      ...(recording?.lockWaits ?? []),
      ...deadlocks.flatMap(({ pid, detail }) => parseDeadlockDetail(detail, pid)),
    ];
    const observation = await observer.stop(all.flatMap(({ relation }) => relation ?? []));
    // The log may be long, and is only read where it has something to add.
    const log = deadlocks.length === 0 ? '' : ((await serverLog?.().catch(() => '')) ?? '');
    draft.add(
      gather({
        plan: plan.traffic,
        migration,
        recording,
        actors,
        observation,
        heard,
        deadlocks: { heard: deadlocks, log },
      }),
    );
  }

  /** Undefined where the generator is gone, or so busy that it does not answer: what others know is reported all the same. */
  async #recording(end: Milliseconds, grace: Milliseconds): Promise<TrafficRecording | undefined> {
    const over = new AbortController();
    const patience = milliseconds(Math.max(0, end - this.#now()) + grace + PATIENCE);
    const late = this.#conditions.clock.sleep(patience, over.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([this.#players.traffic.finish(end, grace).catch(() => undefined), late]);
    } finally {
      over.abort();
    }
  }

  #migrationEvent(event: MigrationEvent): void {
    const { plan, onEvent } = this.#conditions;
    const { observer } = this.#players;
    if (event.kind === 'step-begun') observer.beginStep(event.step);
    if (event.kind === 'session') observer.adopt(event.pid, plan.scenario.migration[event.step]?.name ?? '');
    if (event.kind === 'commit-begun') observer.beginCommit();
    if (event.kind === 'commit-ended') observer.endCommit();
    if (event.kind === 'step-ended') observer.endStep();
    onEvent({ kind: 'migration', event });
  }

  #enter(stage: Stage, note: string): void {
    this.#conditions.draft.stage = stage;
    this.#conditions.onEvent({ kind: 'stage', stage, note });
  }

  #now(): Milliseconds {
    return milliseconds(this.#conditions.clock.now() - this.#players.origin);
  }

  async #until(at: Milliseconds): Promise<void> {
    const { clock, stop } = this.#conditions;
    const due = instant(this.#players.origin + at);
    await stop.race(clock.sleep(milliseconds(Math.max(0, due - clock.now())), stop.signal));
  }
}

const unwitnessed = (why: string): string =>
  `commands in functions, DO blocks and scripts, and the locks of those outside of transactions, are known from samples only: ${why}`;

function tooLong(max: Milliseconds): Failure {
  return new Failure('migration.failed', {
    message: `the migration was cancelled: it was not over after ${formatDuration(max)} (phases.migration.max)`,
  });
}
