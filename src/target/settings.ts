import { totalmem } from 'node:os';

import { Failure } from '../errors.ts';

/** Server settings by name, values as in `postgresql.conf`, unquoted. */
export type ServerSettings = Readonly<Record<string, string>>;

const MEGABYTE = 1024 ** 2;

/** A quarter of the memory (manual, 20.4.1), no more than asked: tests and CI runners are small. */
function sharedBuffers(most: number): string {
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(totalmem(), limit) : totalmem();
  return `${Math.max(32, Math.min(most, Math.floor(memory / 4 / MEGABYTE)))}MB`;
}

/** What both modes share, so that a dataset means the same in each. */
const COMMON_SETTINGS: ServerSettings = {
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
};

/**
 * For loading (manual, 14.4 and 14.5): what was finished survives the server's crash, for its sessions commit synchronously, but
 * not the host's. With
 * `wal_level=minimal` a COPY into a table made in the same transaction writes no WAL (4M rows: 0 MB instead of 301 MB).
 * Afterwards `Instance.sync` before the server is measured.
 */
export const LOAD_SETTINGS: ServerSettings = {
  ...COMMON_SETTINGS,
  wal_level: 'minimal',
  max_wal_senders: '0',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  max_wal_size: '16GB',
  // Old segments are removed, not kept for reuse: they would be copied with every clone.
  wal_recycle: 'off',
  checkpoint_timeout: '1h',
  shared_buffers: sharedBuffers(512),
  maintenance_work_mem: '256MB',
  max_parallel_maintenance_workers: '2',
};

/** For measuring: durable and shaped like a production server of moderate size. A scenario's settings override these. */
export const MEASURE_SETTINGS: ServerSettings = {
  ...COMMON_SETTINGS,
  wal_level: 'replica',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  autovacuum: 'on',
  max_connections: '200',
  shared_buffers: sharedBuffers(512),
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  deadlock_timeout: '1s',
  // Some builds have no JIT (the embedded one), so it would compare builds instead of migrations; OLTP gains nothing.
  jit: 'off',
  // Waits longer than deadlock_timeout also stand in the server's log: an independent witness of what was observed.
  log_lock_waits: 'on',
};

/** Where the harness reaches its server and reads its log: not for a scenario to change. */
const HARNESS_SETTINGS = new Set([
  'port',
  'listen_addresses',
  'unix_socket_directories',
  'data_directory',
  'config_file',
  'hba_file',
  'ident_file',
  'external_pid_file',
  'log_destination',
  'logging_collector',
  'ssl',
  'include',
  'include_dir',
  'include_if_exists',
]);

/** Text of a configuration file (manual, 20.1.2). Throws `Failure('usage')` for a name that is not one or not free. */
export function configurationFile(settings: ServerSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => {
    checkName(name);
    return `${name} = ${quoteSetting(name, value)}`;
  });
  return `${lines.join('\n')}\n`;
}

/** Options of the program postgres, which come before its configuration files. Throws `Failure('usage')` as `configurationFile` does. */
export function commandLineOf(settings: ServerSettings): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    checkName(name);
    checkValue(name, value);
    return ['-c', `${name}=${value}`];
  });
}

function checkName(name: string): void {
  if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/i.test(name)) {
    throw new Failure('usage', {
      message: `expected the name of a PostgreSQL setting, found ${JSON.stringify(name)}`,
    });
  }
  if (HARNESS_SETTINGS.has(name.toLowerCase())) {
    throw new Failure('usage', {
      message: `the setting ${name} belongs to the harness, which reaches its server and reads its log by it`,
      hint: 'leave it out of the settings',
    });
  }
}

/** The quotes of configuration files: `''` for a quote, backslash escapes as in C. */
export function quoteSetting(name: string, value: string): string {
  checkValue(name, value);
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

function checkValue(name: string, value: string): void {
  if (!value.includes('\0')) return;
  throw new Failure('usage', { message: `the value of the setting ${name} holds a NUL character` });
}

/**
 * The `options` of a start-up packet: blanks and backslashes are escaped by a backslash (manual, 34.1.2). Never empty,
 * for then `pg` would take PGOPTIONS from the environment of the harness.
 */
export function startupOptions(settings: ServerSettings): string {
  return Object.entries({ client_min_messages: 'notice', ...settings })
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}
