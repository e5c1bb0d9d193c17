import { randomBytes } from 'node:crypto';
import { chown, rm, writeFile } from 'node:fs/promises';

import { Failure } from '../errors.ts';
import type { ServerBuild } from './build.ts';
import { lastLines, requireProgram, runProgram } from './server-program.ts';
import type { ServerUser } from './server-user.ts';

/** Superuser of every cluster that the harness makes. */
export const SUPERUSER = 'postgres';

export interface ClusterPlace {
  readonly build: ServerBuild;
  readonly user: ServerUser;
  readonly dataDirectory: string;
}

/** Letters and digits only, so that it needs no quoting anywhere. 192 bits. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Makes a cluster. The password goes through a file that exists only as long as initdb runs. */
export async function initializeCluster(
  place: ClusterPlace,
  password: string,
  passwordFile: string,
): Promise<void> {
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (place.user.kind === 'other') await chown(passwordFile, place.user.uid, place.user.gid);
    await initdb(place, passwordFile);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Everywhere the same: bytewise order, UTF-8. Older systems have no C.UTF-8; plain C orders alike. */
const LOCALES = ['C.UTF-8', 'C'];

async function initdb(place: ClusterPlace, passwordFile: string): Promise<void> {
  for (const locale of LOCALES) {
    const outcome = await runProgram(place.user, {
      bin: place.build.bin,
      name: 'initdb',
      arguments: initdbArguments(place.dataDirectory, passwordFile, locale),
    });
    if (outcome.exitCode === 0) return;
    if (/invalid locale name/.test(outcome.stderr) && locale !== LOCALES.at(-1)) continue;
    throw new Failure('target.unavailable', {
      message: `initdb failed: ${lastLines(outcome.stderr, 5)}`,
      where: place.dataDirectory,
    });
  }
}

function initdbArguments(dataDirectory: string, passwordFile: string, locale: string): readonly string[] {
  return [
    ...['-D', dataDirectory, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    ...['-E', 'UTF8', `--locale=${locale}`, '--lc-messages=C', '--no-instructions'],
    // Not synced here: what is loaded next is far more; `syncCluster` does it before anything is measured.
    '--no-sync',
  ];
}

/** Brings a stopped cluster's files to the disk, so that the server's own fsync calls are all that is measured later. */
export async function syncCluster(place: ClusterPlace): Promise<void> {
  await requireProgram(place.user, {
    bin: place.build.bin,
    name: 'initdb',
    arguments: ['--sync-only', '-D', place.dataDirectory],
  });
}

/**
 * Gives the superuser of a stopped cluster another password, in single-user mode: nobody can connect meanwhile, no old
 * secret is needed, and the new one goes through a pipe. `-F`: fsync is the caller's business.
 */
export async function changePassword(place: ClusterPlace, password: string): Promise<void> {
  const outcome = await requireProgram(place.user, {
    bin: place.build.bin,
    name: 'postgres',
    arguments: ['--single', '-F', '-D', place.dataDirectory, 'postgres'],
    input: `${ALTER_PASSWORD} '${password}'\n`,
  });
  if (!/^(?:.*\s)?(?:ERROR|FATAL|PANIC):/m.test(outcome.stderr)) return;
  throw new Failure('target.unavailable', {
    message: 'the data directory of the dataset does not accept a new password',
    where: place.dataDirectory,
    hint: 'the cached dataset may be damaged: remove the cache directory and run again',
  });
}

/** One catalog row; the server stores a SCRAM verifier (14–18: password_encryption is scram-sha-256). */
const ALTER_PASSWORD = `ALTER ROLE ${SUPERUSER} PASSWORD`;
