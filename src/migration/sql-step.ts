import { messageOf } from '../errors.ts';
import type { MigrationStatement, SqlStep, SqlUnit } from '../plan/index.ts';
import type { Attempt } from '../result/index.ts';
import { sqlStateOf, type Session } from '../target/index.ts';
import { parseDuration, type Milliseconds } from '../units.ts';

import { withRetries } from './attempts.ts';
import { sessionFacts, tableSizes, type SessionFacts, type TableSize } from './facts.ts';
import type { HeardNotice } from './hearing.ts';
import type { Ran } from './ran.ts';
import { inSession } from './session.ts';
import { statementRun } from './statement-run.ts';
import { touchedBy } from './statement-work.ts';
import { elapsed, stepRun, type MigrationContext, type StatementRun, type StepRun } from './step.ts';

/** Runs a SQL step unit by unit, each with its retries. Never rejects. */
export async function runSql(step: SqlStep, index: number, context: MigrationContext): Promise<StepRun> {
  const startedAt = elapsed(context);
  const progress: Progress = { attempts: [], statements: [], transactions: 0, lockTimeout: step.lockTimeout };
  const failure = await inSession(index, context, async (session, heard) => {
    for (const unit of step.units) {
      const work = new UnitWork({ step, index, unit, session, heard, context, progress });
      const tried = await withRetries(
        step,
        context,
        (attempt, message) => context.onEvent({ kind: 'retry', step: index, attempt, message }),
        () => work.attempt(),
      );
      progress.attempts.push(...tried.attempts);
      if (!tried.ok) return { error: tried.error, statement: work.current };
    }
    return undefined;
  });
  return stepRun(step, { startedAt, ...progress }, failure, context);
}

interface Progress {
  readonly attempts: Attempt[];
  readonly statements: StatementRun[];
  /** Begun so far. */
  transactions: number;
  lockTimeout: Milliseconds | undefined;
}

interface UnitInput {
  readonly step: SqlStep;
  readonly index: number;
  readonly unit: SqlUnit;
  readonly session: Session;
  readonly heard: HeardNotice[];
  readonly context: MigrationContext;
  readonly progress: Progress;
}

/** The statements that are committed together, tried as often as needed. */
class UnitWork {
  current: string | undefined;
  readonly #input: UnitInput;
  #ran: Ran[] = [];
  /** When COMMIT was sent; undefined where the statement itself ends its transaction. */
  #committing: Milliseconds | undefined;

  constructor(input: UnitInput) {
    this.#input = input;
  }

  /** One try. Rejects with the server's error; what had run by then is kept. */
  async attempt(): Promise<void> {
    const { unit, session } = this.#input;
    this.#ran = [];
    this.#committing = undefined;
    const transactional = unit.statements.every((statement) => statement.transactional);
    try {
      if (transactional) await this.#inTransaction();
      else await this.#alone();
    } catch (error) {
      if (transactional && !session.isLost) await session.query('ROLLBACK').catch(() => undefined);
      await this.#keep({ sizes: false });
      throw error;
    }
    await this.#keep({ sizes: true });
  }

  async #inTransaction(): Promise<void> {
    const { unit, session, context } = this.#input;
    this.#input.progress.transactions++;
    await session.query(unit.begin);
    for (const command of this.#timeouts('LOCAL')) await session.query(command);
    let facts = await sessionFacts(session, context.sees);
    for (const statement of unit.statements)
      facts = await this.#run(statement, facts, () => sessionFacts(session, context.sees));
    this.#input.progress.lockTimeout ??= shownTimeout(facts.lockTimeout);
    context.signal.throwIfAborted();
    this.current = 'COMMIT';
    this.#tell('commit-begun');
    this.#committing = elapsed(context);
    try {
      await session.query('COMMIT');
    } finally {
      this.#tell('commit-ended');
    }
  }

  #tell(kind: 'commit-begun' | 'commit-ended'): void {
    const { context, index } = this.#input;
    context.onEvent({ kind, step: index });
  }

  async #alone(): Promise<void> {
    const { unit, session, context } = this.#input;
    for (const command of this.#timeouts('SESSION')) await session.query(command);
    const before = await sessionFacts(session, context.sees);
    for (const statement of unit.statements) {
      this.#input.progress.transactions++;
      await this.#run(statement, before, () => sessionFacts(session, context.sees));
    }
  }

  #timeouts(scope: 'LOCAL' | 'SESSION'): string[] {
    const { lockTimeout, statementTimeout } = this.#input.step;
    return [
      ...(lockTimeout === undefined ? [] : [`SET ${scope} lock_timeout = ${Math.round(lockTimeout)}`]),
      ...(statementTimeout === undefined
        ? []
        : [`SET ${scope} statement_timeout = ${Math.round(statementTimeout)}`]),
    ];
  }

  async #run(
    statement: MigrationStatement,
    before: SessionFacts,
    facts: () => Promise<SessionFacts>,
  ): Promise<SessionFacts> {
    const { session, heard, context, progress } = this.#input;
    const transaction = progress.transactions;
    context.signal.throwIfAborted();
    this.current = statement.text;
    heard.length = 0;
    const startedAt = elapsed(context);
    const note = (how: Pick<Ran, 'endedAt' | 'after' | 'error'>): void => {
      const { text, transactional: inBlock } = statement;
      const notices = [...heard];
      this.#ran.push({ ...how, pid: session.pid, transaction, text, startedAt, notices, before, inBlock });
    };
    try {
      await session.query(statement.text);
    } catch (error) {
      const server = { sqlState: sqlStateOf(error), message: messageOf(error) };
      note({ endedAt: elapsed(context), after: before, error: server });
      throw error;
    }
    const endedAt = elapsed(context);
    const after = await facts();
    note({ endedAt, after, error: undefined });
    return after;
  }

  async #keep(wanted: { readonly sizes: boolean }): Promise<void> {
    const { context, session, progress } = this.#input;
    const answered = elapsed(context);
    const touched = wanted.sizes ? this.#ran.flatMap(touchedBy) : [];
    // The work is done and committed: sizes that can not be read must not undo that.
    const sizes = await tableSizes(session, touched).catch(() => new Map<string, TableSize>());
    progress.statements.push(
      ...this.#ran.map((ran) => {
        const release = { asked: this.#committing ?? ran.startedAt, answered };
        return statementRun(ran, release, sizes);
      }),
    );
  }
}

function shownTimeout(shown: string): Milliseconds | undefined {
  return shown === '0' ? undefined : parseDuration(shown);
}
