import { spawn } from 'node:child_process';

import { Failure, redact } from '../errors.ts';
import type { CommandStep } from '../plan/index.ts';
import {
  connect,
  environmentOf,
  passwordFor,
  SHIELD,
  type ConnectionSettings,
  type Session,
} from '../target/index.ts';
import { bytes } from '../units.ts';

import { stopReason } from './attempts.ts';
import {
  difference,
  sessionFacts,
  tableSizes,
  tableWork,
  type SessionFacts,
  type TableSize,
} from './facts.ts';
import { ProcessGroup } from './process-group.ts';
import { statementRun } from './statement-run.ts';
import { touchedBy } from './statement-work.ts';
import {
  elapsed,
  stepRun,
  titleOf,
  unseenStatement,
  type MigrationContext,
  type StatementRun,
  type StepFailure,
  type StepRun,
} from './step.ts';
import { openWitness, type Testimony, type Witness } from './witness/witness.ts';

/**
 * Runs any migration tool. It gets the connection in its environment, never in arguments: an address at which a witness listens, so that its
 * statements are known one by one, with a password that holds there only. Never rejects.
 */
export async function runCommand(
  step: CommandStep,
  index: number,
  context: MigrationContext,
): Promise<StepRun> {
  const startedAt = elapsed(context);
  const output = new OutputTail();
  output.hide(passwordFor(context.connection));
  let failure: StepFailure | undefined;
  let seen: Seen = { statements: [], leftOut: 0 };
  let stayed: readonly number[] = [];
  let isElsewhere = false;
  try {
    await using audit = await connect(context.connection, 'audit', {
      settings: { ...SHIELD, lock_timeout: '1s' },
    });
    await using witness = await witnessFor(step, index, context);
    output.hide(witness.connection.password);
    const before = await sessionFacts(audit, context.sees);
    failure = await execute(step, output, context, witness.connection);
    const testimony = await witness.finish();
    ({ stayed } = testimony);
    isElsewhere = step.connects && testimony.sessions === 0;
    failure &&= blamed(failure, testimony);
    seen =
      testimony.sessions === 0
        ? { statements: [await statementOf(step, { startedAt, before, audit, context })], leftOut: 0 }
        : { statements: await statementsOf(testimony, audit), leftOut: testimony.leftOut };
  } catch (error) {
    failure ??= { error, statement: titleOf(step) };
  }
  const { lockTimeout } = step;
  const measured = { startedAt, attempts: [], statements: seen.statements, lockTimeout };
  const run = stepRun(step, measured, failure, context);
  return {
    ...run,
    ...(seen.leftOut === 0 ? {} : { statementsLeftOut: seen.leftOut }),
    ...(stayed.length === 0 ? {} : { sessionsLeft: stayed }),
    ...(isElsewhere ? { neverConnected: true } : {}),
    output: output.text,
  };
}

interface Seen {
  readonly statements: readonly StatementRun[];
  readonly leftOut: number;
}

async function witnessFor(step: CommandStep, index: number, context: MigrationContext): Promise<Witness> {
  const { lockTimeout, statementTimeout } = step;
  const witness = await openWitness({
    connection: context.connection,
    now: () => elapsed(context),
    settings: {
      ...(lockTimeout === undefined ? {} : { lock_timeout: String(Math.round(lockTimeout)) }),
      ...(statementTimeout === undefined ? {} : { statement_timeout: String(Math.round(statementTimeout)) }),
    },
    waits: context.waits,
    sees: context.sees,
    onSession: (pid) => context.onEvent({ kind: 'session', step: index, pid }),
  });
  return witness;
}

/** In a transaction that had failed already (25P02): what came too late is not why. */
const TOO_LATE = '25P02';

/** The statement that failed last is why a tool gave up: what follows it is its tidying up. */
function blamed(failure: StepFailure, testimony: Testimony): StepFailure {
  const { statements, sessions, insistsOnEncryption } = testimony;
  if (sessions === 0 && insistsOnEncryption) return { ...failure, error: withoutEncryption(failure.error) };
  const failed = statements.findLast(({ error }) => error !== undefined && error.sqlState !== TOO_LATE);
  if (failed?.error === undefined) return failure;
  return { ...failure, statement: failed.text, serverError: failed.error };
}

/** Its own words blame the server. What was stopped was stopped. */
function withoutEncryption(cause: unknown): unknown {
  if (!(cause instanceof Failure) || cause.code !== 'migration.failed') return cause;
  return new Failure('migration.failed', {
    message: `${cause.message}; it wanted an encrypted connection, and the address that it is given, on this machine, has none: leave sslmode=require out`,
    cause,
  });
}

async function statementsOf({ statements }: Testimony, audit: Session): Promise<readonly StatementRun[]> {
  const touched = [...new Set(statements.flatMap(touchedBy))];
  // What was measured stands, even if a size can not be read.
  const sizes = await tableSizes(audit, touched).catch(() => new Map<string, TableSize>());
  const keyOf = ({ pid, transaction }: Testimony['statements'][number]): string => `${pid} ${transaction}`;
  const transactions = [...new Set(statements.map(keyOf))];
  return statements.map((statement) => {
    const { startedAt, endedAt } = statement;
    const ran = { ...statement, transaction: transactions.indexOf(keyOf(statement)) + 1 };
    return statementRun(ran, statement.release ?? { asked: startedAt, answered: endedAt }, sizes);
  });
}

async function execute(
  step: CommandStep,
  output: OutputTail,
  { directory, signal }: MigrationContext,
  connection: ConnectionSettings,
): Promise<StepFailure | undefined> {
  if (signal.aborted) return { error: stopReason(signal), statement: titleOf(step) };
  // A group of its own, so that stopping it also stops what it started.
  using group = new ProcessGroup(() =>
    spawn(step.command, {
      shell: true,
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutLibpq(process.env), ...environmentOf(connection), ...PLAIN },
    }),
  );
  const stop = (): void => group.end();
  signal.addEventListener('abort', stop, { once: true });
  for (const stream of [group.command.stdout, group.command.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => output.add(chunk));
  try {
    const ended = await group.ended();
    if (ended === undefined) return undefined;
    const error = new Failure('migration.failed', {
      message: `the command ${ended}${output.text === '' ? '' : `: ${output.lastLine}`}`,
    });
    return { error: stopReason(signal) ?? error, statement: titleOf(step) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The witness is on this machine, and has no certificate; on its other side the connection is as it was asked for. */
const PLAIN = { PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' };

/** libpq's variables (manual, 34.15). The caller's PGSERVICE or PGHOSTADDR would win, and the tool would migrate another server. */
function withoutLibpq(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^PG[A-Z]/.test(name)));
}

interface Surroundings {
  readonly startedAt: ReturnType<typeof elapsed>;
  readonly before: SessionFacts;
  readonly audit: Session;
  readonly context: MigrationContext;
}

/** Of a command that never came to the witness: what the catalogs tell. */
async function statementOf(
  step: CommandStep,
  { startedAt, before, audit, context }: Surroundings,
): Promise<StatementRun> {
  const whole = unseenStatement(step, startedAt, context);
  const { rewritten, walBytes } = difference(before, await sessionFacts(audit, context.sees));
  const sizes = await tableSizes(audit, rewritten);
  return { ...whole, rewritten: rewritten.map(tableWork(sizes)), walBytes: bytes(walBytes) };
}

const KEPT = 4_000;

/** The last lines that the command printed, at most a few thousand characters, without the passwords that it may know. */
class OutputTail {
  readonly #hidden: string[] = [];
  #printed = '';

  hide(password: string): void {
    if (password !== '') this.#hidden.push(password);
  }

  add(chunk: string): void {
    const printed = this.#printed + chunk;
    const tail = printed.slice(-KEPT);
    // From a line's begin, so that no password is cut in two.
    this.#printed = tail.length < printed.length ? tail.slice(tail.indexOf('\n') + 1) : tail;
  }

  get text(): string {
    return redact(this.#hidden.reduce((told, password) => told.replaceAll(password, '***'), this.#printed));
  }

  get lastLine(): string {
    return this.text.trimEnd().split('\n').at(-1) ?? '';
  }
}
