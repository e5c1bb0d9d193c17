import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { messageOf } from '../errors.ts';
import type { ClientCertificate, Tls } from './connection.ts';
import { wrong } from './connection-parameters.ts';

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface TlsParameters {
  readonly mode: SslMode;
  /** Files; undefined: those that libpq looks for in `~/.postgresql` where they are. */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  readonly sslpassword: string | undefined;
  /** What gave them, for messages. */
  readonly from: string;
}

/** Throws `Failure('usage')` for files that can not be read. */
export function tlsOf(given: TlsParameters): Tls | undefined {
  const { mode, from } = given;
  if (mode === 'disable') return undefined;
  const root = given.sslrootcert ?? usual('root.crt');
  const certificate = clientCertificate(given);
  const rest = {
    // The system's, as Node.js knows them.
    ...(root === undefined || root === 'system' ? {} : { authority: contentOf(root, 'sslrootcert', from) }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  switch (mode) {
    case 'prefer':
    case 'require':
      // As libpq: with a certificate at hand, its signature is checked; with those of the system, the name as well.
      if (root === 'system') return { verify: 'identity', ...rest };
      return { verify: root === undefined ? 'nothing' : 'authority', ...rest };
    case 'verify-ca':
      return { verify: 'authority', ...rest };
    case 'verify-full':
      return { verify: 'identity', ...rest };
  }
}

function clientCertificate({
  sslcert,
  sslkey,
  sslpassword,
  from,
}: TlsParameters): ClientCertificate | undefined {
  const certificate = sslcert ?? usual('postgresql.crt');
  if (certificate === undefined) return undefined;
  const key = sslkey ?? usual('postgresql.key');
  if (key === undefined)
    throw wrong(from, 'names a client certificate without its key', 'sslkey or PGSSLKEY names the key');
  return {
    certificate: contentOf(certificate, 'sslcert', from),
    key: contentOf(key, 'sslkey', from),
    ...(sslpassword === undefined ? {} : { password: sslpassword }),
  };
}

function usual(name: string): string | undefined {
  const path = join(homedir(), '.postgresql', name);
  return existsSync(path) ? path : undefined;
}

function contentOf(path: string, parameter: string, from: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(from, `can not read the file of ${parameter}: ${messageOf(error)}`);
  }
}
