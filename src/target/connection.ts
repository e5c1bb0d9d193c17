import { milliseconds, type Milliseconds } from '../units.ts';

/** How to reach one database. Plain data: it crosses to worker threads by structured clone. */
export interface ConnectionSettings {
  readonly host: string;
  /** Where it is reached whatever the name leads to; the name stays for certificates and passwords, as with libpq's `hostaddr`. */
  readonly address?: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Empty: libpq's password file is looked up. */
  readonly password: string;
  /** Absent: none, as with every server of our own. */
  readonly tls?: Tls;
  /** Absent: `CONNECT_TIMEOUT`. */
  readonly connectTimeout?: Milliseconds;
  /** Of a pooler (pooler.ts): no session settings, no backend of its own. */
  readonly isPooled?: true;
  /** What every session of a run starts with; what a session asks for itself comes before it. */
  readonly session?: Readonly<Record<string, string>>;
}

/** Generous: a saturated machine forks slowly, and a run that waits is better than one that gives up. */
export const CONNECT_TIMEOUT = milliseconds(15_000);

/** `authority`: certificates in PEM that may have signed the server's; absent: those that Node.js knows. */
export interface Tls {
  readonly verify: 'nothing' | 'authority' | 'identity';
  readonly authority?: string;
  readonly certificate?: ClientCertificate;
}

/** Both in PEM; `password`: of the key. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly password?: string;
}

/**
 * The environment of a `command` step: the standard variables of libpq (manual, 34.15) and the `DATABASE_URL`
 * that migration tools read, with the scheme that all of them know: SQLAlchemy refuses `postgres://`. It holds the password: for the environment of a process
 * only, never for a log.
 */
export function environmentOf(settings: ConnectionSettings): Readonly<Record<string, string>> {
  const { host, port, database, user, password } = settings;
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    PGAPPNAME: applicationName('migration'),
    DATABASE_URL: `postgresql://${account}@${host}:${port}/${encodeURIComponent(database)}`,
  };
}

/** What a socket is opened to: `{ path }` of a Unix socket, or an address and a port. */
export function endpointOf({ host, address, port }: Endpoint): EndpointOptions {
  if (address !== undefined) return { host: address, port };
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

export type Endpoint = Pick<ConnectionSettings, 'host' | 'address' | 'port'>;
type EndpointOptions = { readonly path: string } | { readonly host: string; readonly port: number };

/** What a session of the harness is there for; the observer tells its own sessions apart by it. */
export const PURPOSES = ['seed', 'traffic', 'migration', 'observer', 'actor', 'audit'] as const;

export type Purpose = (typeof PURPOSES)[number];

export const APPLICATION_PREFIX = 'rehearse/';

export function applicationName(purpose: Purpose): string {
  return `${APPLICATION_PREFIX}${purpose}`;
}

/** `127.0.0.1:40123/shop`; no user, no password: fit for messages. */
export function displayAddress(settings: ConnectionSettings): string {
  return `${settings.host}:${settings.port}/${settings.database}`;
}
