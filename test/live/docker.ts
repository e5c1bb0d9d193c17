import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from './rehearsal.js';

/** The Docker engine that is here, and an image of PostgreSQL built on it; undefined, with the reason on stderr, where there is none. */
export const DOCKER = engineHere();

export interface DockerHere {
  readonly image: string;
  /** For commands that use the engine. */
  readonly environment: Readonly<Record<string, string>>;
}

function engineHere(): DockerHere | undefined {
  const image = 'pg-rehearse-test:15';
  const host = process.env['DOCKER_HOST'];
  try {
    docker('version', '--format', '{{.Server.Version}}');
    if (docker('images', '--quiet', image) === '')
      execFileSync(join(ROOT, 'test', 'live', 'image', 'build.sh'), [image], { stdio: 'pipe' });
    const environment = { ...(host === undefined ? {} : { DOCKER_HOST: host }), ...HERE };
    return { image, environment };
  } catch (error) {
    const [reason = ''] = String(error).split('\n').slice(-2);
    process.stderr.write(`skipped: tests of containers, for there is no Docker engine to use: ${reason}\n`);
    return undefined;
  }
}

/** In a container of its own the harness would look for the ports at the engine's gateway. */
const HERE = { TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' };

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
