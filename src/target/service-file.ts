import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { Failure } from '../errors.ts';

/**
 * The parameters of a service (manual, 34.17): of PGSERVICEFILE, else `~/.pg_service.conf`, then of `pg_service.conf` in PGSYSCONFDIR. Throws
 * `Failure('usage')` for one that is nowhere.
 */
export function serviceParameters(
  service: string,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const files = serviceFiles(environment);
  for (const file of files) {
    const found = servicesIn(contentOf(file)).get(service);
    if (found !== undefined) return found;
  }
  throw new Failure('usage', {
    message: `there is no service ${JSON.stringify(service)} in ${files.join(' or ')}`,
    hint: 'a service file has a line [name], and name=value lines below it; PGSERVICEFILE says where it is',
  });
}

function serviceFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const own = environment['PGSERVICEFILE'] ?? join(homedir(), '.pg_service.conf');
  const directory = environment['PGSYSCONFDIR'];
  return directory === undefined ? [own] : [own, join(directory, 'pg_service.conf')];
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** By name. No quotes and no escapes, a `#` only at the beginning of a line, as libpq reads it; the first of two counts. */
export function servicesIn(text: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const services = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    const [, heading] = /^\[(.*)\]$/.exec(line) ?? [];
    if (heading !== undefined) {
      current = {};
      if (!services.has(heading)) services.set(heading, current);
    } else if (line !== '' && !line.startsWith('#') && line.includes('=')) {
      const at = line.indexOf('=');
      current[line.slice(0, at).trim()] ??= line.slice(at + 1).trim();
    }
  }
  return services;
}
