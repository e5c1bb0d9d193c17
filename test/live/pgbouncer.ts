import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { ConnectionSettings } from '#rooms/target/index.js';
import { certificateFor } from './encrypted.js';
import { giveTo, IS_ROOT, NOBODY, removeDirectory, temporaryDirectory } from './server.js';

/** Debian's, or whoever's; undefined: there is none. */
export const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(
  existsSync,
);

export interface RunningPooler extends AsyncDisposable {
  /** `127.0.0.1:6432`. */
  readonly address: string;
  /** The file of its certificate, where it has one. */
  readonly authority: string;
}

export interface PoolerOptions {
  readonly mode: 'transaction' | 'session' | 'statement';
  readonly size: number;
  /** Speaks TLS with its clients, and with nobody else. */
  readonly encrypted?: boolean;
  /** Of what a client asks for at its start, what it passes over in silence: `options`. */
  readonly ignored?: string;
  /** Where every database leads to; absent: to the one of the same name. */
  readonly database?: string;
  /** As whom it logs in everywhere; absent: as its client does. */
  readonly login?: Pick<ConnectionSettings, 'user' | 'password'>;
}

/** A real PgBouncer before a server of ours. */
export async function startPgBouncer(
  { host, port, user, password }: ConnectionSettings,
  { mode, size, database, login, ignored, encrypted = false }: PoolerOptions,
): Promise<RunningPooler> {
  const directory = temporaryDirectory();
  const listen = await freePort();
  const users = join(directory, 'users.txt');
  const config = join(directory, 'pgbouncer.ini');
  writeFileSync(users, `"${user}" "${password}"\n`);
  const as = login === undefined ? '' : ` user=${login.user} password=${login.password}`;
  const { key, certificate } = certificateFor('127.0.0.1', join(directory, 'pooler'));
  const tls = [
    'client_tls_sslmode = require',
    `client_tls_key_file = ${key}`,
    `client_tls_cert_file = ${certificate}`,
  ];
  writeFileSync(
    config,
    `[databases]
* = host=${host} port=${port}${database === undefined ? '' : ` dbname=${database}`}${as}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${size}
${ignored === undefined ? '' : `ignore_startup_parameters = ${ignored}`}
${encrypted ? tls.join('\n') : ''}
`,
  );
  if (IS_ROOT) for (const file of [users, config, key, certificate]) giveTo(NOBODY, file);
  // It refuses to run as root.
  const child = spawn(PGBOUNCER!, [config], {
    ...(IS_ROOT ? NOBODY : {}),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes('process up')) resolve();
    });
    child.on('close', () => reject(new Error(`pgbouncer ended:\n${said}`)));
  });
  return {
    address: `127.0.0.1:${listen}`,
    authority: certificate,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      removeDirectory(directory);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
