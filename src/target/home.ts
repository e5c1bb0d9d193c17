import { constants, existsSync } from 'node:fs';
import { access, lstat, mkdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { Failure, messageOf } from '../errors.ts';
import { displayUser, findServerUser, type ServerUser } from './server-user.ts';
import { canEnter } from './reach.ts';

/** Where the harness keeps its servers, datasets and copies of server binaries. Absolute, without symbolic links. */
export interface Home {
  readonly path: string;
  readonly instances: string;
  readonly datasets: string;
  readonly builds: string;
  readonly serverUser: ServerUser;
}

const HOME_VARIABLE = 'PG_REHEARSE_HOME';

/** Finds or makes the home. Throws `Failure('target.unavailable')` where no place can be used. */
export async function harnessHome(environment: NodeJS.ProcessEnv = process.env): Promise<Home> {
  if (process.platform === 'win32') throw windows();
  const serverUser = findServerUser();
  const path = await firstUsable(candidates(environment));
  await requireReachable(path, serverUser);
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(path, name), { recursive: true, mode: 0o755 });
    // A link to another disk, say: processes are known by where they really are.
    return await realpath(join(path, name));
  };
  return {
    path,
    instances: await folder('instances'),
    datasets: await folder('datasets'),
    builds: await folder('builds'),
    serverUser,
  };
}

/** Where the home is or would be, nothing being made: the nearest directory that is there, to ask for its disk. */
export function homeDisk(environment: NodeJS.ProcessEnv = process.env): string {
  const places = candidates(environment).map(({ path }) => path);
  let place = places.find((path) => existsSync(path)) ?? places[0] ?? '/';
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}

interface Candidate {
  readonly path: string;
  /** In a directory where everybody may write, somebody else could have put it there. */
  readonly mustBeOurs: boolean;
}

function candidates(environment: NodeJS.ProcessEnv): readonly Candidate[] {
  const chosen = environment[HOME_VARIABLE] ?? '';
  if (chosen !== '') return [{ path: resolve(chosen), mustBeOurs: false }];
  if (process.getuid?.() === 0) {
    return [
      { path: '/var/cache/pg-rehearse', mustBeOurs: true },
      { path: '/var/tmp/pg-rehearse', mustBeOurs: true },
    ];
  }
  return [
    { path: join(userCache(environment), 'pg-rehearse'), mustBeOurs: true },
    { path: `/var/tmp/pg-rehearse-${process.getuid?.() ?? 'user'}`, mustBeOurs: true },
  ];
}

/** XDG base directory specification: a relative path is to be ignored. */
function userCache(environment: NodeJS.ProcessEnv): string {
  const cache = environment['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(cache) ? cache : join(environment['HOME'] ?? homedir(), '.cache');
}

async function firstUsable(places: readonly Candidate[]): Promise<string> {
  const problems: string[] = [];
  for (const place of places) {
    try {
      return await usable(place);
    } catch (error) {
      problems.push(`${place.path}: ${messageOf(error)}`);
    }
  }
  throw new Failure('target.unavailable', {
    message: `found no place for servers and datasets (${problems.join('; ')})`,
    hint: `set ${HOME_VARIABLE} to a directory that you may write, with a few GB free`,
  });
}

async function usable({ path, mustBeOurs }: Candidate): Promise<string> {
  await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o755 : 0o700 });
  await access(path, constants.W_OK | constants.X_OK);
  if (!mustBeOurs) return await realpath(path);
  const status = await lstat(path);
  if (!status.isDirectory() || status.uid !== process.getuid?.() || (status.mode & 0o022) !== 0) {
    throw new Error('expected a directory that belongs to the current user and that nobody else may write');
  }
  return await realpath(path);
}

async function requireReachable(path: string, user: ServerUser): Promise<void> {
  if (await canEnter(user, path)) return;
  throw new Failure('target.unavailable', {
    message: `PostgreSQL refuses to run as root, and ${displayUser(user)}, who runs it instead, cannot enter the directory`,
    where: path,
    hint: `set ${HOME_VARIABLE} to a directory that every user can reach (all its parents need the permission x)`,
  });
}

function windows(): Failure {
  return new Failure('target.unavailable', {
    message: 'pg-rehearse starts PostgreSQL on Linux and macOS only',
    hint: 'on Windows run it in WSL',
  });
}
