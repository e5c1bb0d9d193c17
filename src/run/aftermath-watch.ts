import type { Clock } from '../clock.ts';
import {
  cancelledAsObserved,
  cancelledInLog,
  explainStatements,
  EXPLAIN_SETTINGS,
  foreignKeys,
  indexesInUse,
  newIndexes,
  planChanges,
  schemaChanges,
  schemaFacts,
  transactionTables,
  type ForeignKey,
  type PlannedStatement,
} from '../observer/index.ts';
import type { TrafficPlan } from '../plan/index.ts';
import type { Aftermath, AutovacuumCancelled, Result, SchemaFact, Stage } from '../result/index.ts';
import { connect, SHIELD, withSession, type ConnectionSettings, type Session } from '../target/index.ts';
import { boundStatements } from '../traffic/index.ts';

import { ActivityLog } from './activity-log.ts';
import { duplicatesInTheWay } from './duplicates.ts';
import { transactionLocks } from './transaction-locks.ts';
import { updatedColumns } from './updated-columns.ts';

export interface Surroundings {
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly traffic: TrafficPlan;
  /** Text of the server's log; undefined where it is not ours to read. */
  readonly serverLog: (() => Promise<string>) | undefined;
}

const AUDIT_SETTINGS = { lock_timeout: '2s', statement_timeout: '30s' };

/** Holds the end of a run against its beginning: schema, plans of the traffic's statements, counters of the tables. */
export class AftermathWatch implements AsyncDisposable {
  readonly #surroundings: Surroundings;
  readonly #schema: readonly SchemaFact[];
  readonly #plans: readonly PlannedStatement[];
  readonly #keys: readonly ForeignKey[];
  readonly #activity: ActivityLog;
  /** Characters of the server's log before the migration. */
  #logBefore: Promise<number> = Promise.resolve(0);

  private constructor(surroundings: Surroundings, before: Before) {
    this.#surroundings = surroundings;
    this.#schema = before.schema;
    this.#plans = before.plans;
    this.#keys = before.keys;
    this.#activity = before.activity;
  }

  /** Looks at everything once, before there is traffic that it could disturb. Rejects with the server's errors. */
  static async begin(surroundings: Surroundings): Promise<AftermathWatch> {
    const { connection, clock } = surroundings;
    const { schema, keys } = await auditedSchema(connection, async (session) => ({
      schema: await schemaFacts(session),
      keys: await foreignKeys(session),
    }));
    const plans = await plansOf(surroundings);
    const activity = await ActivityLog.open(connection, clock);
    return new AftermathWatch(surroundings, { schema, plans, keys, activity });
  }

  enter(stage: Stage): void {
    if (stage === 'baseline' || stage === 'migration' || stage === 'recovery') this.#activity.enter(stage);
    if (stage === 'migration') this.#logBefore = this.#log().then((text) => text.length);
  }

  /**
   * When no traffic runs any more; `whole`: the run came to its end, so that there is time to look at everything. The schema is told as well,
   * for what comes after. Rejects with the server's errors.
   */
  async end(
    { migration, lockWaits, observer }: Pick<Result, 'migration' | 'lockWaits' | 'observer'>,
    { whole }: { readonly whole: boolean },
  ): Promise<{ readonly aftermath: Aftermath; readonly schema: readonly SchemaFact[] }> {
    const { connection, traffic } = this.#surroundings;
    // First, before anybody else adds to the counters.
    const activity = await this.#activity.phases();
    const { schema, indexes } = await auditedSchema(connection, async (session) => ({
      indexes: await indexesInUse(session),
      schema: await schemaFacts(session),
    }));
    const changes = schemaChanges(this.#schema, schema);
    const plans = whole ? await plansOf(this.#surroundings) : [];
    const duplicates = whole ? await duplicatesInTheWay(connection, migration) : undefined;
    const observed = observer === undefined ? [] : cancelledAsObserved(lockWaits, observer.deadlockTimeout);
    const aftermath = {
      schemaChanges: changes,
      activity,
      newIndexes: newIndexes(indexes, changes),
      updatedColumns: updatedColumns(boundStatements(traffic).map(({ text }) => text)),
      transactionTables: transactionTables(this.#plans),
      transactionLocks: transactionLocks(traffic, this.#plans, this.#keys),
      planChanges: planChanges(this.#plans, plans),
      plansCompared: Math.min(this.#plans.length, plans.length),
      autovacuumCancelled: await this.#cancelled(observed),
      ...(duplicates === undefined ? {} : { duplicates }),
    };
    return { aftermath, schema };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#activity[Symbol.asyncDispose]();
  }

  /** The log knows; where there is none, what was observed has to do. */
  async #cancelled(observed: readonly AutovacuumCancelled[]): Promise<readonly AutovacuumCancelled[]> {
    if (this.#surroundings.serverLog === undefined) return observed;
    return cancelledInLog((await this.#log()).slice(await this.#logBefore));
  }

  async #log(): Promise<string> {
    return (await this.#surroundings.serverLog?.().catch(() => '')) ?? '';
  }
}

interface Before {
  readonly schema: readonly SchemaFact[];
  readonly plans: readonly PlannedStatement[];
  readonly keys: readonly ForeignKey[];
  readonly activity: ActivityLog;
}

export async function audited<Value>(
  connection: ConnectionSettings,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  return await withSession(connection, 'audit', work, { settings: { ...SHIELD, ...AUDIT_SETTINGS } });
}

/** Where definitions are read: they name things as sessions of the database see them, by its own search_path. */
export async function auditedSchema<Value>(
  connection: ConnectionSettings,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  return await withSession(connection, 'audit', work, { settings: AUDIT_SETTINGS });
}

async function plansOf({ connection, clock, traffic }: Surroundings): Promise<readonly PlannedStatement[]> {
  await using session = await connect(connection, 'audit', { settings: EXPLAIN_SETTINGS });
  return await explainStatements(session, boundStatements(traffic), clock);
}
