import { spawn } from 'node:child_process';

import { Failure, redact } from '../errors.ts';
import type { CommandStep } from '../plan/index.ts';
import { connect, environmentOf, type Session } from '../target/index.ts';
import { bytes } from '../units.ts';

import { stopReason } from './attempts.ts';
import { difference, sessionFacts, tableSizes, tableWork, type SessionFacts } from './facts.ts';
import { ProcessGroup } from './process-group.ts';
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

/**
 * Runs any migration tool. It gets the connection in its environment, never in arguments. What it did is read from the catalogs before and after, and by
 * the observer from its sessions. Never rejects.
 */
export async function runCommand(step: CommandStep, context: MigrationContext): Promise<StepRun> {
  const startedAt = elapsed(context);
  const output = new OutputTail(context.connection.password);
  let failure: StepFailure | undefined;
  let statement: StatementRun | undefined;
  try {
    await using audit = await connect(context.connection, 'audit', { settings: { lock_timeout: '1s' } });
    const before = await sessionFacts(audit);
    failure = await execute(step, output, context);
    statement = await statementOf(step, { startedAt, before, audit, context });
  } catch (error) {
    failure ??= { error, statement: titleOf(step) };
  }
  const run = stepRun(
    step,
    {
      startedAt,
      attempts: [],
      statements: statement === undefined ? [] : [statement],
      lockTimeout: step.lockTimeout,
    },
    failure,
    context,
  );
  return { ...run, output: output.text };
}

async function execute(
  step: CommandStep,
  output: OutputTail,
  { connection, directory, signal }: MigrationContext,
): Promise<StepFailure | undefined> {
  if (signal.aborted) return { error: stopReason(signal), statement: titleOf(step) };
  // A group of its own, so that stopping it also stops what it started.
  using group = new ProcessGroup(() =>
    spawn(step.command, {
      shell: true,
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutLibpq(process.env), ...environmentOf(connection), ...sessionOptions(step) },
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

/** libpq's variables (manual, 34.15). The caller's PGSERVICE or PGHOSTADDR would win, and the tool would migrate another server. */
function withoutLibpq(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^PG[A-Z]/.test(name)));
}

/** libpq's own way to give a tool's sessions their time-outs (manual, 34.15). */
function sessionOptions({ lockTimeout, statementTimeout }: CommandStep): Record<string, string> {
  const options = [
    ...(lockTimeout === undefined ? [] : [`-c lock_timeout=${Math.round(lockTimeout)}`]),
    ...(statementTimeout === undefined ? [] : [`-c statement_timeout=${Math.round(statementTimeout)}`]),
  ];
  return options.length === 0 ? {} : { PGOPTIONS: options.join(' ') };
}

interface Surroundings {
  readonly startedAt: ReturnType<typeof elapsed>;
  readonly before: SessionFacts;
  readonly audit: Session;
  readonly context: MigrationContext;
}

async function statementOf(
  step: CommandStep,
  { startedAt, before, audit, context }: Surroundings,
): Promise<StatementRun> {
  const whole = unseenStatement(step, startedAt, context);
  const { rewritten, walBytes } = difference(before, await sessionFacts(audit));
  const sizes = await tableSizes(audit, rewritten);
  return { ...whole, rewritten: rewritten.map(tableWork(sizes)), walBytes: bytes(walBytes) };
}

const KEPT = 4_000;

/** The last lines that the command printed, at most a few thousand characters, without the password that it was given. */
class OutputTail {
  readonly #password: string;
  #printed = '';

  constructor(password: string) {
    this.#password = password;
  }

  add(chunk: string): void {
    const printed = this.#printed + chunk;
    const tail = printed.slice(-KEPT);
    // From a line's begin, so that no password is cut in two.
    this.#printed = tail.length < printed.length ? tail.slice(tail.indexOf('\n') + 1) : tail;
  }

  get text(): string {
    return redact(this.#printed.replaceAll(this.#password, '***'));
  }

  get lastLine(): string {
    return this.text.trimEnd().split('\n').at(-1) ?? '';
  }
}
