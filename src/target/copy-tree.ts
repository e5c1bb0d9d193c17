import { constants } from 'node:fs';
import { chmod, copyFile, lchown, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServerUser } from './server-user.ts';

interface CopyOptions {
  /** Owner of the copies where it is not the current user. */
  readonly owner: ServerUser;
  readonly signal?: AbortSignal;
}

export function copyOptions(owner: ServerUser, signal: AbortSignal | undefined): CopyOptions {
  return signal === undefined ? { owner } : { owner, signal };
}

interface Entry {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'link';
}

/** Node's thread pool has four threads; a few more in line keep them busy. */
const PARALLEL_COPIES = 8;

/**
 * Copies a directory with modes and symbolic links; by reference where the file system can (btrfs, XFS, APFS). The
 * target must not exist. Rejects with the signal's reason when aborted.
 */
export async function copyTree(from: string, to: string, options: CopyOptions): Promise<void> {
  const entries = await entriesOf(from);
  const isDirectory = ({ kind }: Entry): boolean => kind === 'directory';
  await mkdir(to, { mode: 0o700 });
  await own(to, options.owner);
  for (const entry of entries.filter(isDirectory)) {
    await copyEntry(from, to, entry, options);
  }
  await inParallel(
    entries.filter((entry) => !isDirectory(entry)),
    (entry) => copyEntry(from, to, entry, options),
  );
}

/** Parents before their children. */
async function entriesOf(root: string): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const child of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, child.name);
      const kind = child.isDirectory() ? 'directory' : child.isSymbolicLink() ? 'link' : 'file';
      found.push({ path, kind });
      if (kind === 'directory') await visit(path);
    }
  };
  await visit('');
  return found;
}

/** When one fails the others stop too, and only then it rejects: nobody still writes into what is removed next. */
async function inParallel(entries: readonly Entry[], copy: (entry: Entry) => Promise<void>): Promise<void> {
  const rest = entries.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const entry of rest) {
      if (failures.length > 0) return;
      await copy(entry).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COPIES }, worker));
  if (failures.length > 0) throw failures[0];
}

async function copyEntry(from: string, to: string, entry: Entry, options: CopyOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const source = join(from, entry.path);
  const target = join(to, entry.path);
  switch (entry.kind) {
    case 'directory':
      await mkdir(target);
      // Apart from mkdir, which takes the umask off.
      await chmod(target, (await lstat(source)).mode & 0o777);
      break;
    case 'link':
      await symlink(await readlink(source), target);
      break;
    case 'file':
      await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      break;
  }
  await own(target, options.owner);
}

async function own(path: string, owner: ServerUser): Promise<void> {
  if (owner.kind === 'other') await lchown(path, owner.uid, owner.gid);
}
