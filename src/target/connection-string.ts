import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

import { Failure, messageOf } from '../errors.ts';
import { connect } from './connect.ts';
import type { Session } from './session.ts';
import type { ConnectionSettings, Tls } from './connection.ts';

/** What a person names a database by; `sslmode` as in libpq (manual, 34.1.2). */
type Parameters = Readonly<Record<string, string>>;

const KNOWN = [
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'sslmode',
  'sslrootcert',
  'application_name',
  'connect_timeout',
];

/** How to reach a database that is not ours, and how TLS shall be tried. */
export interface ForeignDatabase {
  readonly connection: ConnectionSettings;
  readonly sslMode: SslMode;
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/**
 * `postgres://user@host:5432/shop`, `host=… dbname=…`, or the name of a database; what is missing comes from libpq's
 * variables PGHOST, PGPORT, PGUSER, PGPASSWORD, PGSSLMODE and PGSSLROOTCERT, a missing password from the password file. Throws
 * `Failure('usage')`, whose message never repeats the text: it may hold a password.
 */
export function parseConnectionString(
  text: string,
  environment: NodeJS.ProcessEnv = process.env,
): ForeignDatabase {
  const given = parametersOf(text.trim());
  const unknown = Object.keys(given).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) {
    throw wrong(`does not know the parameter ${unknown.join(', ')}`, `it knows ${KNOWN.join(', ')}`);
  }
  const value = (name: string, variable: string): string | undefined =>
    nonEmpty(given[name]) ?? nonEmpty(environment[variable]);
  const host = value('host', 'PGHOST') ?? 'localhost';
  const user = value('user', 'PGUSER') ?? userInfo().username;
  const sslMode = sslModeOf(value('sslmode', 'PGSSLMODE') ?? (host.startsWith('/') ? 'disable' : 'prefer'));
  const tls = tlsOf(sslMode, value('sslrootcert', 'PGSSLROOTCERT'));
  return {
    sslMode,
    connection: {
      host,
      port: portOf(value('port', 'PGPORT') ?? '5432'),
      database: value('dbname', 'PGDATABASE') ?? user,
      user,
      password: value('password', 'PGPASSWORD') ?? '',
      ...(tls === undefined ? {} : { tls }),
    },
  };
}

/** With `prefer` whether the server speaks TLS is found out by asking it. Throws `Failure('target.unavailable')`. */
export async function reachDatabase(foreign: ForeignDatabase): Promise<ConnectionSettings> {
  const { tls, ...plain } = foreign.connection;
  let session: Session;
  try {
    session = await connect(foreign.connection, 'audit');
  } catch (error) {
    const isRefused = /server does not support SSL/.test(messageOf(error));
    if (!isRefused || foreign.sslMode !== 'prefer' || tls === undefined) throw error;
    return await reachDatabase({ sslMode: 'disable', connection: plain });
  }
  await session.close();
  return foreign.connection;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function parametersOf(text: string): Parameters {
  if (/^postgres(ql)?:\/\//i.test(text)) return urlParameters(text);
  if (text.includes('://')) throw wrong('knows postgres://, not other kinds of address');
  return text.includes('=') ? keywordParameters(text) : { dbname: text };
}

function urlParameters(text: string): Parameters {
  let url: URL;
  try {
    // A scheme of the standard gives its rules for hosts and ports.
    url = new URL(text.replace(/^postgres(ql)?:/i, 'postgres:'));
    return {
      host: decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')),
      port: url.port,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      dbname: decodeURIComponent(url.pathname.slice(1)),
      ...Object.fromEntries(url.searchParams),
    };
  } catch {
    throw wrong(
      'can not read the address',
      'postgres://user@host:5432/database; special characters of a password as %-codes',
    );
  }
}

/** `name=value`, or `name='a value with \' and \\'` (manual, 34.1.1.1). */
const KEYWORD = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gy;

function keywordParameters(text: string): Parameters {
  const found: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(KEYWORD)) {
    const [whole, name = '', quoted, plain = ''] = match;
    found[name] = (quoted ?? plain).replace(/\\(.)/gs, '$1');
    end = match.index + whole.length;
  }
  if (text.slice(end).trim() !== '')
    throw wrong('can not read the parameters', 'host=… port=… dbname=… user=…');
  return found;
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw wrong('expects a port from 1 to 65535');
}

function sslModeOf(text: string): SslMode {
  const mode = SSL_MODES.find((known) => known === text);
  if (mode === undefined) throw wrong(`expects for sslmode one of ${SSL_MODES.join(', ')}`);
  return mode;
}

function tlsOf(mode: SslMode, rootCertificate: string | undefined): Tls | undefined {
  if (mode === 'disable') return undefined;
  const authority = rootCertificate === undefined ? {} : { authority: certificateAt(rootCertificate) };
  switch (mode) {
    case 'prefer':
    case 'require':
      // As libpq: with a certificate at hand, its signature is checked.
      return { verify: rootCertificate === undefined ? 'nothing' : 'authority', ...authority };
    case 'verify-ca':
      return { verify: 'authority', ...authority };
    case 'verify-full':
      return { verify: 'identity', ...authority };
  }
}

function certificateAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(`can not read the certificate of sslrootcert: ${messageOf(error)}`);
  }
}

function wrong(message: string, hint?: string): Failure {
  return new Failure('usage', {
    message: `--database ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
}
