import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Failure, messageOf } from '../errors.ts';
import {
  copiedPackage,
  embeddedPackage,
  mendLinks,
  packageAround,
  type EmbeddedPackage,
} from './embedded.ts';
import type { Home } from './home.ts';
import { runProgram } from './server-program.ts';
import { displayUser, type ServerUser } from './server-user.ts';

/** A set of server binaries that the server's user can run. */
export interface ServerBuild {
  /** Directory that holds `postgres` and `initdb`. Absolute, without symbolic links. */
  readonly bin: string;
  /** `18.4`. */
  readonly version: string;
  readonly major: number;
  readonly source: 'embedded' | 'path';
}

export interface BuildChoice {
  /** Directory of another server's `postgres` and `initdb`; by default what `PG_REHEARSE_PG_BIN` says. */
  readonly pgBin?: string;
}

const PG_BIN_VARIABLE = 'PG_REHEARSE_PG_BIN';

const OLDEST_MAJOR = 14;
const NEWEST_MAJOR = 18;

/**
 * The embedded server, or the one whose `bin` directory is given. Throws `Failure('usage')` for a directory that holds
 * no server or one of a version outside 14–18, `Failure('target.unavailable')` where the server cannot be run.
 */
export async function findBuild(
  home: Home,
  choice: BuildChoice = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ServerBuild> {
  if (choice.pgBin !== undefined) return await chosenBuild(home, choice.pgBin, '--pg-bin ');
  const usual = environment[PG_BIN_VARIABLE] ?? '';
  if (usual !== '') return await chosenBuild(home, usual, `${PG_BIN_VARIABLE}=`);
  return await packagedBuild(home, await embeddedPackage(), 'embedded');
}

/** `from`: what named the directory. */
async function chosenBuild(home: Home, directory: string, from: string): Promise<ServerBuild> {
  const bin = resolve(directory);
  for (const program of ['postgres', 'initdb']) {
    if (existsSync(join(bin, program))) continue;
    throw new Failure('usage', {
      message: `expected a directory that holds the programs postgres and initdb, found no ${program} in it`,
      where: `${from}${bin}`,
      hint: 'pg_config --bindir prints it; on Debian it is /usr/lib/postgresql/<version>/bin',
    });
  }
  const around = await packageAround(bin);
  return around === undefined
    ? await buildAt(bin, await versionReport(bin, home.serverUser), 'path')
    : await packagedBuild(home, around, 'path');
}

async function packagedBuild(
  home: Home,
  original: EmbeddedPackage,
  source: ServerBuild['source'],
): Promise<ServerBuild> {
  const bin = join(original.native, 'bin');
  if (await mendLinks(original.native)) {
    const report = await versionReport(bin, home.serverUser).catch(() => undefined);
    if (report !== undefined) return await buildAt(bin, report, source);
  }
  const copy = join(await copiedPackage(home, original), 'bin');
  return await buildAt(copy, await versionReport(copy, home.serverUser), source);
}

async function buildAt(bin: string, report: string, source: ServerBuild['source']): Promise<ServerBuild> {
  const parsed = parseVersion(report);
  if (parsed === undefined || parsed.major < OLDEST_MAJOR || parsed.major > NEWEST_MAJOR) {
    throw new Failure('usage', {
      message: `expected PostgreSQL ${OLDEST_MAJOR} to ${NEWEST_MAJOR}, found ${report.trim()}`,
      where: bin,
    });
  }
  return { bin: await realpath(bin), ...parsed, source };
}

/** `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, also `18beta1`. */
export function parseVersion(
  report: string,
): { readonly version: string; readonly major: number } | undefined {
  const [, version = '', major] = /\(PostgreSQL\) ((\d+)[\w.]*)/.exec(report) ?? [];
  return major === undefined ? undefined : { version, major: Number(major) };
}

async function versionReport(bin: string, user: ServerUser): Promise<string> {
  const failure = (reason: string): Failure =>
    new Failure('target.unavailable', {
      message: `${displayUser(user)} cannot run the server: ${reason}`,
      where: join(bin, 'postgres'),
      hint: 'PostgreSQL does not run as root; its directory and all parents must be open to the user that runs it',
    });
  const outcome = await runProgram(user, { bin, name: 'postgres', arguments: ['--version'] }).catch(
    (error: unknown) => {
      throw failure(messageOf(error));
    },
  );
  if (outcome.exitCode !== 0) throw failure(outcome.stderr.trim());
  return outcome.stdout;
}
