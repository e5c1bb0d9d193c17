import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from './rehearsal.js';

const IMAGE = 'pg-rehearse-test:15';

/** The Docker engine that is here, and an image of PostgreSQL built on it; undefined, with the reason on stderr, where there is none. */
export const DOCKER = hasImage() ? { image: IMAGE, environment: environment() } : undefined;

function hasImage(): boolean {
  try {
    docker('version');
    if (docker('images', '--quiet', IMAGE) === '')
      execFileSync(join(ROOT, 'test', 'live', 'image', 'build.sh'), [IMAGE], { stdio: 'pipe' });
    return true;
  } catch (error) {
    process.stderr.write(`skipped: tests of containers, for lack of a Docker engine: ${String(error)}\n`);
    return false;
  }
}

/** For commands that use the engine. In a container of its own the harness would look for the ports at the engine's gateway. */
function environment(): Readonly<Record<string, string>> {
  const host = process.env['DOCKER_HOST'];
  return {
    ...(host === undefined ? {} : { DOCKER_HOST: host }),
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  };
}

/** What Docker's own command says. */
export function docker(...words: readonly string[]): string {
  return execFileSync('docker', words, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

const lines = (text: string): readonly string[] => (text === '' ? [] : text.split('\n').toSorted());

const OURS = ['--filter', 'label=pg-rehearse.owner'];

/** Names, running or not. */
export const ourContainers = (): readonly string[] =>
  lines(docker('ps', '--all', ...OURS, '--format', '{{.Names}}'));

export const ourVolumes = (): readonly string[] =>
  lines(docker('volume', 'ls', ...OURS, '--format', '{{.Name}}'));
