import { messageOf, redact } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { MigrationStep } from '../plan/index.ts';
import type { Attempt, StatementResult, StepOutcome, StepResult } from '../result/index.ts';
import { brokenConstraint, sqlStateOf, type ConnectionSettings, type LockWaitLog } from '../target/index.ts';
import { bytes, milliseconds, type Instant, type Milliseconds } from '../units.ts';

/**
 * A statement as its own session saw it. `own-session`: which locks it had when it was over; `event-triggers`: also by which of its commands
 * and when; `unseen`: its locks are for the observer to tell.
 */
export type StatementRun = StatementResult & {
  readonly release: Release;
  readonly lockSource: 'own-session' | 'event-triggers' | 'unseen';
  /** Its session; undefined for a step as a whole. */
  readonly pid: number | undefined;
};

/** The end of a statement's transaction: it was asked for, and answered; its locks went between the two. */
export interface Release {
  readonly asked: Milliseconds;
  readonly answered: Milliseconds;
}

/** A step without what the traffic suffered from it, which is not for this room to know. */
export type StepRun = Omit<StepResult, 'impact' | 'statements'> & {
  readonly statements: readonly StatementRun[];
};

export type MigrationEvent =
  | { readonly kind: 'step-begun'; readonly step: number; readonly name: string }
  /** A session that does the step's work from now on; a `command` may open many. */
  | { readonly kind: 'session'; readonly step: number; readonly pid: number }
  | { readonly kind: 'retry'; readonly step: number; readonly attempt: number; readonly message: string }
  | { readonly kind: 'batch'; readonly step: number; readonly rows: number }
  /** Somewhere between the two its locks are released. */
  | { readonly kind: 'commit-begun' | 'commit-ended'; readonly step: number }
  | { readonly kind: 'step-ended'; readonly step: number; readonly outcome: StepOutcome };

export interface MigrationContext {
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  /** All times are from here. */
  readonly origin: Instant;
  /** Folder in which commands run. */
  readonly directory: string;
  /** Its reason's message says why the migration was stopped. */
  readonly signal: AbortSignal;
  /** Hears what the server tells the migration's sessions of their lock waits. */
  readonly waits: LockWaitLog;
  /** What its sessions may read of themselves. */
  readonly sees: { readonly locks: boolean };
  readonly onEvent: (event: MigrationEvent) => void;
}

export interface ServerError {
  readonly sqlState: string | undefined;
  readonly message: string;
}

export const elapsed = ({ clock, origin }: Pick<MigrationContext, 'clock' | 'origin'>): Milliseconds =>
  milliseconds(clock.now() - origin);

export interface StepFailure {
  readonly error: unknown;
  readonly statement: string | undefined;
  /** What the server said of the statement, where `error` is not of the server. */
  readonly serverError?: ServerError;
}

interface Measured {
  readonly startedAt: Milliseconds;
  readonly attempts: readonly Attempt[];
  readonly statements: readonly StatementRun[];
  readonly lockTimeout: Milliseconds | undefined;
}

export function stepRun(
  step: MigrationStep,
  measured: Measured,
  failure: StepFailure | undefined,
  context: MigrationContext,
): StepRun {
  const { startedAt, attempts, statements, lockTimeout } = measured;
  const sqlState = failure?.serverError?.sqlState ?? sqlStateOf(failure?.error);
  const stopped: StepOutcome = context.signal.aborted ? 'interrupted' : 'failed';
  return {
    name: step.name,
    kind: step.kind,
    title: titleOf(step),
    outcome: failure === undefined ? 'applied' : stopped,
    startedAt,
    duration: milliseconds(elapsed(context) - startedAt),
    ...(lockTimeout === undefined ? {} : { lockTimeout }),
    attempts,
    statements,
    ...(failure === undefined
      ? {}
      : {
          error: {
            ...(sqlState === undefined ? {} : { sqlState }),
            message: failureMessage(failure),
            ...(failure.statement === undefined ? {} : { statement: failure.statement }),
            ...brokenConstraint(failure.error),
          },
        }),
  };
}

const failureMessage = ({ error, serverError }: StepFailure): string =>
  serverError === undefined ? messageOf(error) : `${serverError.message} (${messageOf(error)})`;

/** The one statement that stands for all of a step whose statements are not seen one by one; lasts until now. */
export function unseenStatement(
  step: MigrationStep,
  startedAt: Milliseconds,
  context: MigrationContext,
): StatementRun {
  const now = elapsed(context);
  const duration = milliseconds(now - startedAt);
  return {
    release: { asked: startedAt, answered: now },
    text: titleOf(step),
    startedAt,
    duration,
    waiting: milliseconds(0),
    working: duration,
    locks: [],
    rewritten: [],
    scanned: [],
    walBytes: bytes(0),
    notices: [],
    lockSource: 'unseen',
    pid: undefined,
  };
}

/** What people call the step by: its first statement, its UPDATE, its command line. */
export function titleOf(step: MigrationStep): string {
  switch (step.kind) {
    case 'sql':
      return step.units[0]?.statements[0]?.text ?? step.name;
    case 'backfill':
      return `UPDATE ${step.table} SET ${step.set}${step.where === undefined ? '' : ` WHERE ${step.where}`} (in batches of ${step.batch})`;
    case 'command':
      return redact(step.command);
  }
}
