import { constants } from 'node:fs';
import { copyFile, lstat, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure } from '../errors.ts';
import { bytes, formatSize, type Bytes } from '../units.ts';
import { ownedName } from './owner.ts';

/** What an unprivileged user may still write on the disk of the path. */
export async function freeSpace(path: string): Promise<Bytes> {
  const { bavail, bsize } = await statfs(path);
  return bytes(bavail * bsize);
}

export async function diskSize(path: string): Promise<Bytes> {
  const { blocks, bsize } = await statfs(path);
  return bytes(blocks * bsize);
}

export interface Demand {
  readonly for: string;
  readonly bytes: Bytes;
}

/** Throws `Failure('target.unavailable')` with the arithmetic where the disk of the path has no room for all of it. */
export async function requireRoom(path: string, demands: readonly Demand[]): Promise<void> {
  const problem = roomProblem(await freeSpace(path), demands);
  if (problem === undefined) return;
  throw new Failure('target.unavailable', {
    message: `the disk is too small: ${problem}`,
    where: path,
    hint: 'free some space (rehearse cache prune), use a smaller scale, or set PG_REHEARSE_HOME to a directory on another disk',
  });
}

/** `needed 14 GB (10 GB loading the dataset + 4 GB its copy), free 9 GB`; undefined: there is room. */
export function roomProblem(free: Bytes, demands: readonly Demand[]): string | undefined {
  const needed = bytes(demands.reduce((sum, demand) => sum + demand.bytes, 0));
  if (needed <= free) return undefined;
  const parts = demands.map((demand) => `${formatSize(demand.bytes)} ${demand.for}`).join(' + ');
  return `needed ${demands.length === 1 ? parts : `${formatSize(needed)} (${parts})`}, free ${formatSize(free)}`;
}

/** Whether a copy within the directory takes no room of its own (btrfs, XFS with reflink, APFS). */
export async function copiesByReference(directory: string): Promise<boolean> {
  const [from, to] = [join(directory, `.${ownedName()}`), join(directory, `.${ownedName()}`)];
  try {
    await writeFile(from, Buffer.alloc(8_192));
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(from, { force: true });
    await rm(to, { force: true });
  }
}

/** What the files of a directory hold. Files that go meanwhile do not count. */
export async function sizeOfTree(directory: string): Promise<Bytes> {
  let sum = 0;
  for (const name of await readdir(directory).catch((): string[] => [])) {
    const path = join(directory, name);
    const status = await lstat(path).catch(() => undefined);
    if (status === undefined) continue;
    sum += status.isDirectory() ? await sizeOfTree(path) : status.size;
  }
  return bytes(sum);
}
