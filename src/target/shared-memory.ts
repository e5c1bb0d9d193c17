import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A server that ends, or starts again on its data directory, takes its shared memory with it; one that was killed and
 * never starts again leaves it until the host does: a System V segment of 56 bytes, of which Linux allows 4,096 in all,
 * and about a megabyte of POSIX segments (manual, 19.4.1, and `dynamic_shared_memory_type`). Linux only: elsewhere nobody
 * tells whose a segment is.
 */
const POSIX_FOLDER = '/dev/shm';
const POSIX_PREFIX = 'PostgreSQL.';

const noteBeside = (dataDirectory: string): string => join(dirname(dataDirectory), 'shared-memory');

/** Notes the name of the segment that lists the others, which no file of the server tells. For a server that runs. */
export async function noteSharedMemory(dataDirectory: string, postmaster: number): Promise<void> {
  if (process.platform !== 'linux') return;
  const maps = await readFile(`/proc/${postmaster}/maps`, 'utf8').catch(() => '');
  const control = /\/dev\/shm\/PostgreSQL\.(\d+)/.exec(maps)?.[1];
  if (control !== undefined) await writeFile(noteBeside(dataDirectory), control);
}

/** For a data directory without any process. Never fails: what can not be removed is small, and harms nobody at once. */
export async function releaseSharedMemory(dataDirectory: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const lock = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const note = noteBeside(dataDirectory);
  // Whoever ends by himself removes his lock file last.
  if (lock !== undefined) {
    await removeSystemV(lock);
    await removePosix(await readFile(note, 'utf8').catch(() => ''));
  }
  await rm(note, { force: true }).catch(() => undefined);
}

/** Line 7 of `postmaster.pid` (pidfile.h): key and id. The id alone may be somebody else's after a restart of the host. */
async function removeSystemV(lock: string): Promise<void> {
  const [key, id] = (lock.split('\n')[6] ?? '').trim().split(/\s+/);
  if (key === undefined || id === undefined || !isUnattached(key, id)) return;
  await promisify(execFile)('ipcrm', ['-m', id]).catch(() => undefined);
}

/** Columns of proc_sysvipc(5): key (signed), shmid, perms, size, cpid, lpid, nattch. */
function isUnattached(key: string, id: string): boolean {
  const rows = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n').slice(1);
  return rows.some((row) => {
    const [rowKey, rowId, , , , , attached] = row.trim().split(/\s+/);
    return Number(rowKey) >>> 0 === Number(key) >>> 0 && rowId === id && attached === '0';
  });
}

/**
 * The control segment holds the handles of all others, which are their names (dsm.c, 14 to 18: `dsm_handle`, 32 bits, at
 * random). Which of its words are handles is told by the files that have such a name, whatever stands around them.
 */
async function removePosix(control: string): Promise<void> {
  if (!/^\d+$/.test(control)) return;
  const path = (handle: string): string => join(POSIX_FOLDER, `${POSIX_PREFIX}${handle}`);
  const content = await readFile(path(control)).catch(() => Buffer.alloc(0));
  const words = new Set(Array.from(wordsOf(content), String));
  const handles = (await readdir(POSIX_FOLDER))
    .filter((name) => name.startsWith(POSIX_PREFIX))
    .map((name) => name.slice(POSIX_PREFIX.length));
  for (const handle of handles.filter((one) => words.has(one) || one === control)) {
    await rm(path(handle), { force: true }).catch(() => undefined);
  }
}

const wordsOf = (content: Buffer): Uint32Array =>
  new Uint32Array(new Uint8Array(content).buffer, 0, Math.floor(content.length / 4));
