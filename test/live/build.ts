import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = join(ROOT, 'dist', '.built');

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the servers of the command's tests run and share their datasets (rehearsal.ts). */
    playground: string;
  }
}

/** Before and after all live tests. */
export default function setUp(project: TestProject): () => void {
  build();
  const playground = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : tmpdir(), 'rehearse-test-'));
  chmodSync(playground, 0o755);
  project.provide('playground', playground);
  const builds = join(tmpdir(), `${basename(playground)}-builds`);
  return () => {
    for (const made of [playground, builds]) rmSync(made, { recursive: true, force: true });
  };
}

/** Every run copies a thousand small files and has them synced: a third of its time on a disk, and not what is tested. */
const MEMORY = '/dev/shm';

function hasRoom(path: string): boolean {
  if (!existsSync(path)) return false;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize > 4 * 1024 ** 3;
}

/** Live tests run the built files, as users do. Nothing to do when no source is newer than the last build. */
function build(): void {
  if (
    existsSync(STAMP) &&
    newest('src') < statSync(STAMP).mtimeMs &&
    newest('tsconfig.json') < statSync(STAMP).mtimeMs
  ) {
    return;
  }
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: ROOT, stdio: 'inherit' });
}

function newest(path: string): number {
  const { mtimeMs } = statSync(join(ROOT, path));
  if (!statSync(join(ROOT, path)).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(join(ROOT, path)).map((name) => newest(join(path, name))));
}
