import { Failure } from '../errors.ts';

/** Parameters of libpq by their names (manual, 34.1.2). */
export type Parameters = Readonly<Record<string, string>>;

/** Those that are acted on, with the variable that gives them where nothing else does (manual, 34.15). */
const VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: undefined,
  service: 'PGSERVICE',
} as const;

export type ParameterName = keyof typeof VARIABLES;

const USED = Object.keys(VARIABLES);

/** Those that ask for nothing else than is done anyway, if they have one of these values. */
const AGREED: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['prefer', 'disable'],
  gssencmode: ['disable', 'prefer'],
  target_session_attrs: ['any', 'read-write', 'primary'],
  client_encoding: ['UTF8', 'utf8', 'auto'],
  sslsni: ['1'],
  sslnegotiation: ['postgres'],
  sslcertmode: ['allow'],
  // As Node.js does without a word.
  ssl_min_protocol_version: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
  ssl_max_protocol_version: ['TLSv1.3'],
};

/** Those whose loss nobody would notice: sessions name their purpose, and are kept alive. */
const IGNORED = [
  'application_name',
  'fallback_application_name',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
];

/** Of the variables that libpq knows besides, those that change whom or how it trusts, or what its sessions begin with, must not be passed over in silence. */
const UNSUPPORTED_VARIABLES = {
  PGOPTIONS: [],
  PGCHANNELBINDING: AGREED['channel_binding'] ?? [],
  PGGSSENCMODE: AGREED['gssencmode'] ?? [],
  PGREQUIREAUTH: [],
  PGREQUIREPEER: [],
  PGSSLCRL: [],
  PGSSLCRLDIR: [],
  PGREQUIRESSL: ['0'],
  PGSSLMINPROTOCOLVERSION: AGREED['ssl_min_protocol_version'] ?? [],
  PGSSLMAXPROTOCOLVERSION: AGREED['ssl_max_protocol_version'] ?? [],
  PGSSLCERTMODE: AGREED['sslcertmode'] ?? [],
  PGSSLNEGOTIATION: AGREED['sslnegotiation'] ?? [],
  PGTARGETSESSIONATTRS: AGREED['target_session_attrs'] ?? [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Throws `Failure('usage')` for what would be something else than was asked for. `from`: what gave them, `--target` or a service. */
export function requireKnown(given: Parameters, from: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (USED.includes(name) || IGNORED.includes(name) || value === '') continue;
    const agreed = AGREED[name];
    if (agreed?.includes(value) === true) continue;
    throw agreed === undefined
      ? wrong(
          from,
          `does not know the parameter ${name}`,
          `it knows ${[...USED, ...Object.keys(AGREED)].join(', ')}`,
        )
      : wrong(from, `knows ${name} only as ${agreed.join(' or ')}`);
  }
}

/** Throws `Failure('usage')`. */
export function requireKnownVariables(environment: NodeJS.ProcessEnv): void {
  for (const [name, agreed] of Object.entries(UNSUPPORTED_VARIABLES)) {
    const value = environment[name];
    if (value === undefined || value === '' || agreed.some((one) => one === value)) continue;
    throw wrong(
      `${name} in the environment`,
      'is not supported',
      'unset it, if the connection does not need it',
    );
  }
}

export function fromEnvironment(name: ParameterName, environment: NodeJS.ProcessEnv): string | undefined {
  const variable = VARIABLES[name];
  return variable === undefined ? undefined : nonEmpty(environment[variable]);
}

export const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

export function wrong(from: string, message: string, hint?: string): Failure {
  return new Failure('usage', {
    message: `${from} ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
}
