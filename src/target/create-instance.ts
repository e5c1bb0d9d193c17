import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServerBuild } from './build.ts';
import type { Home } from './home.ts';
import type { Instance } from './instance.ts';
import { startKeeper } from './keep.ts';
import { ownedName } from './owner.ts';
import { PrivateInstance } from './private-instance.ts';
import { sweep } from './sweep.ts';

/** Also removes what dead harnesses left behind. Throws `Failure('target.unavailable')`. */
export async function createInstance(home: Home, build: ServerBuild): Promise<Instance> {
  await sweep(home);
  const directory = join(home.instances, ownedName());
  await mkdir(directory, { mode: 0o700 });
  if (home.serverUser.kind === 'other') await chown(directory, home.serverUser.uid, home.serverUser.gid);
  try {
    return new PrivateInstance(
      { home, build, directory, atEnd: 'remove' },
      await startKeeper(directory, 'remove'),
    );
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
