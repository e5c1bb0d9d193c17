import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { ConnectionSettings } from './connection.ts';

/** The password that libpq would use: the given one, else that of the password file (manual, 34.16), else none. */
export function passwordFor(
  settings: ConnectionSettings,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  if (settings.password !== '') return settings.password;
  return passwordIn(contentOf(passwordFilePath(environment)), settings);
}

export const passwordFilePath = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['PGPASSFILE'] ?? join(homedir(), '.pgpass');

function contentOf(path: string): string {
  try {
    return openMode(path) === undefined ? readFileSync(path, 'utf8') : '';
  } catch {
    // Most people have none.
    return '';
  }
}

/** Of a file that others may read, which neither libpq nor `pg` takes passwords from, but on Windows. Undefined also where there is none. */
export function openMode(file: string): number | undefined {
  const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  return (mode & 0o077) === 0 || process.platform === 'win32' ? undefined : mode;
}

/** Of the first line that fits: `host:port:database:user:password`, `*` for any, a backslash before `:` and itself. */
export function passwordIn(
  file: string,
  { host, port, database, user }: Omit<ConnectionSettings, 'password'>,
): string {
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of file.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? [] : fieldsOf(line);
    const fits = wanted.every((value, index) => fields[index] === '*' || fields[index] === value);
    if (fits && fields[4] !== undefined) return fields[4];
  }
  return '';
}

const fieldsOf = (line: string): readonly string[] =>
  (line.match(/(?:^|:)((?:\\.|[^:\\])*)/g) ?? []).map((field, index) =>
    field.slice(index === 0 ? 0 : 1).replace(/\\(.)/g, '$1'),
  );
