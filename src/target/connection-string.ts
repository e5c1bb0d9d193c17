import { isIP } from 'node:net';
import { userInfo } from 'node:os';

import { messageOf } from '../errors.ts';
import { milliseconds, type Milliseconds } from '../units.ts';
import { connect } from './connect.ts';
import { endpointOf, type ConnectionSettings, type Endpoint } from './connection.ts';
import {
  fromEnvironment,
  nonEmpty,
  requireKnown,
  requireKnownVariables,
  wrong,
  type ParameterName,
  type Parameters,
} from './connection-parameters.ts';
import { requireOwnBackend } from './pooler-failure.ts';
import { serviceParameters } from './service-file.ts';
import type { Session } from './session.ts';
import { SHIELD } from './shield.ts';
import { SSL_MODES, tlsOf, type SslMode } from './tls-parameters.ts';
import { requireWholeName } from './whole-name.ts';

/** How to reach a database that is not ours, and how TLS shall be tried. */
export interface ForeignDatabase {
  readonly connection: ConnectionSettings;
  readonly sslMode: SslMode;
}

/**
 * `postgres://user@host:5432/shop`, `host=… dbname=…`, or the name of a database; what is missing comes from the service that it or PGSERVICE names, then
 * from libpq's variables, a missing password from the password file. `option`: what it was given by. Throws `Failure('usage')`, whose message never
 * repeats the text: it may hold a password.
 */
export function parseConnectionString(
  text: string,
  environment: NodeJS.ProcessEnv = process.env,
  option = '--database',
): ForeignDatabase {
  const given = parametersOf(text.trim(), option);
  requireKnown(given, option);
  requireKnownVariables(environment);
  const service = nonEmpty(given['service']) ?? fromEnvironment('service', environment);
  const ofService = service === undefined ? {} : serviceParameters(service, environment);
  requireKnown(ofService, `the service ${service ?? ''}`);
  const value = (name: ParameterName): string | undefined =>
    nonEmpty(given[name]) ?? nonEmpty(ofService[name]) ?? fromEnvironment(name, environment);
  return databaseOf(value, option);
}

function databaseOf(value: (name: ParameterName) => string | undefined, option: string): ForeignDatabase {
  const place = placeOf(value, option);
  const user = value('user') ?? userInfo().username;
  const asked = sslModeOf(value('sslmode') ?? 'prefer', option);
  // As libpq does (manual, 34.1.2): nobody stands between the two ends of a Unix socket.
  const sslMode = 'path' in endpointOf(place) ? 'disable' : asked;
  const tls = tlsOf({
    mode: sslMode,
    sslrootcert: value('sslrootcert'),
    sslcert: value('sslcert'),
    sslkey: value('sslkey'),
    sslpassword: value('sslpassword'),
    from: option,
  });
  const connectTimeout = timeoutOf(value('connect_timeout'), option);
  return {
    sslMode,
    connection: {
      ...place,
      database: value('dbname') ?? user,
      user,
      password: value('password') ?? '',
      ...(tls === undefined ? {} : { tls }),
      ...(connectTimeout === undefined ? {} : { connectTimeout }),
    },
  };
}

function placeOf(value: (name: ParameterName) => string | undefined, option: string): Endpoint {
  const address = addressOf(value('hostaddr'), option);
  return {
    host: hostOf(value('host') ?? address ?? 'localhost', option),
    ...(address === undefined ? {} : { address }),
    port: portOf(value('port') ?? '5432', option),
  };
}

/**
 * With `prefer` whether the server speaks TLS is found out by asking it. Throws `Failure('target.unavailable')`, and `Failure('usage')` for a pooler that was
 * not named as one, and for a name that the server cuts.
 */
export async function reachDatabase(foreign: ForeignDatabase): Promise<ConnectionSettings> {
  const { tls, ...plain } = foreign.connection;
  let session: Session;
  try {
    session = await connect(foreign.connection, 'audit', { settings: SHIELD });
  } catch (error) {
    const isRefused = /server does not support SSL/.test(messageOf(error));
    if (!isRefused || foreign.sslMode !== 'prefer' || tls === undefined) throw error;
    return await reachDatabase({ sslMode: 'disable', connection: plain });
  }
  await using opened = session;
  if (plain.isPooled === true) return foreign.connection;
  await requireOwnBackend(opened, plain);
  await requireWholeName(opened, plain);
  return foreign.connection;
}

function parametersOf(text: string, option: string): Parameters {
  if (/^postgres(ql)?:\/\//i.test(text)) return urlParameters(text, option);
  if (text.includes('://')) throw wrong(option, 'knows postgres://, not other kinds of address');
  if (text.includes('=')) return keywordParameters(text, option);
  if (/[@:/]/.test(text))
    throw wrong(
      option,
      'can not read the address: the name of a database does not hold @, : or /',
      'an address begins with postgres://; a database with such a name is dbname=…',
    );
  return { dbname: text };
}

function urlParameters(text: string, option: string): Parameters {
  let url: URL;
  try {
    // A scheme of the standard gives its rules for hosts and ports.
    url = new URL(text.replace(/^postgres(ql)?:/i, 'postgres:'));
    requireWhole(url);
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
      option,
      'can not read the address',
      'postgres://user@host:5432/database; special characters of a password as %-codes',
    );
  }
}

/** A password with /, ? or # in it ends where the path, the parameters or the fragment begin: what follows is no name of a database. */
function requireWhole({ pathname, searchParams, hash }: URL): void {
  const isWhole = !/[/@]/.test(pathname.slice(1)) && hash === '';
  if (isWhole && [...searchParams.keys()].every((name) => /^\w+$/.test(name))) return;
  throw new Error('an address in pieces');
}

/** `name=value`, or `name='a value with \' and \\'` (manual, 34.1.1.1). */
const KEYWORD = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gy;

function keywordParameters(text: string, option: string): Parameters {
  const found: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(KEYWORD)) {
    const [whole, name = '', quoted, plain = ''] = match;
    found[name] = (quoted ?? plain).replace(/\\(.)/gs, '$1');
    end = match.index + whole.length;
  }
  if (text.slice(end).trim() !== '')
    throw wrong(option, 'can not read the parameters', 'host=… port=… dbname=… user=…');
  return found;
}

/** One, for the database is created, filled and dropped on the same server. */
function hostOf(text: string, option: string): string {
  if (!text.includes(',')) return text;
  throw wrong(option, 'expects one host', 'a list of hosts may lead to another server each time');
}

function addressOf(text: string | undefined, option: string): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text;
  throw wrong(option, 'expects for hostaddr one address, such as 10.0.0.7');
}

function portOf(text: string, option: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw wrong(option, 'expects a port from 1 to 65535');
}

function sslModeOf(text: string, option: string): SslMode {
  const mode = SSL_MODES.find((known) => known === text);
  if (mode === undefined) throw wrong(option, `expects for sslmode one of ${SSL_MODES.join(', ')}`);
  return mode;
}

/** Seconds; as in libpq 0 stands for no limit, which nobody here needs. */
function timeoutOf(text: string | undefined, option: string): Milliseconds | undefined {
  if (text === undefined || text === '0') return undefined;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0 && seconds < 86_400) return milliseconds(seconds * 1_000);
  throw wrong(option, 'expects for connect_timeout a number of seconds');
}
