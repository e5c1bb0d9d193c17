import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the tests of one run share their cache of datasets (rehearsal.ts). */
    sharedHome: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = join(ROOT, 'dist', '.built');

/** Before and after all live tests. */
export default function setUp(project: TestProject): () => void {
  build();
  const sharedHome = mkdtempSync(join(tmpdir(), 'rehearse-test-'));
  chmodSync(sharedHome, 0o755);
  project.provide('sharedHome', sharedHome);
  return () => rmSync(sharedHome, { recursive: true, force: true });
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
  const started = new Date();
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  execFileSync(process.execPath, ['scripts/executable.js'], { cwd: ROOT, stdio: 'inherit' });
  writeFileSync(STAMP, '');
  // A source that was edited during the build is newer than its beginning.
  utimesSync(STAMP, started, started);
}

function newest(path: string): number {
  const { mtimeMs } = statSync(join(ROOT, path));
  if (!statSync(join(ROOT, path)).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(join(ROOT, path)).map((name) => newest(join(path, name))));
}
