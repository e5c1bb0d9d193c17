import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { Failure, messageOf } from '../errors.ts';
import { identityOf, type ServerUser } from './server-user.ts';

export interface ProgramOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly bin: string;
  readonly name: 'postgres' | 'initdb';
  readonly arguments: readonly string[];
  /** Where secrets go: standard input shows in no process list. */
  readonly input?: string;
}

/**
 * Runs a program of a server build to its end as the server's user. Rejects with the error of spawn (ENOENT, EACCES,
 * EPERM) where it cannot be started.
 */
export function runProgram(user: ServerUser, program: Program): Promise<ProgramOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(program.bin, program.name), program.arguments, {
      ...identityOf(user),
      cwd: '/',
      env: serverEnvironment(),
      stdio: 'pipe',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (exitCode) =>
      resolve({ exitCode, stdout: textOfAll(stdout), stderr: textOfAll(stderr) }),
    );
    // A program that ends before it has read its input; its exit code and words say why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(program.input ?? '');
  });
}

/** As `runProgram`, but anything other than success is `Failure('target.unavailable')` with the program's last words. */
export async function requireProgram(user: ServerUser, program: Program): Promise<ProgramOutcome> {
  const outcome = await runProgram(user, program).catch((error: unknown) => {
    throw new Failure('target.unavailable', {
      message: `cannot start ${program.name}: ${messageOf(error)}`,
      where: program.bin,
      cause: error,
    });
  });
  if (outcome.exitCode === 0) return outcome;
  throw new Failure('target.unavailable', {
    message: `${program.name} failed: ${lastLines(outcome.stderr, 5)}`,
    where: program.bin,
  });
}

/** Nothing of the harness' environment that changes a server: no PGDATA, PGPORT, PGOPTIONS, no locale, no NODE_OPTIONS. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH']) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  return environment;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function textOfAll(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
