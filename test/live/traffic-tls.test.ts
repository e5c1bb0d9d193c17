import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { systemClock } from '#rooms/clock.js';
import { withSession, type ConnectionSettings } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';
import { accountOf, drive, trafficOf } from './driven.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory } from './server.js';

/** A certificate for 127.0.0.1 that vouches for itself, where the server looks for it. */
function certify(directory: string): string {
  const [key, certificate] = [join(directory, 'server.key'), join(directory, 'server.crt')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...words, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const { uid, gid } = statSync(directory);
  for (const file of [key, certificate]) chownSync(file, uid, gid);
  chmodSync(key, 0o600);
  return readFileSync(certificate, 'utf8');
}

it('traffic goes through TLS as it goes without', async () => {
  const directory = temporaryDirectory();
  const instance = await newInstance(await homeAt(directory));
  try {
    await instance.initialize();
    const authority = certify(instance.dataDirectory);
    const server = await instance.start({ shared_buffers: '32MB', fsync: 'off' });
    await withSession(server.connection, 'audit', async (session) => {
      await session.query('ALTER SYSTEM SET ssl = on');
      await session.query('SELECT pg_reload_conf()');
      while ((await session.query('SHOW ssl')).rows[0]?.['ssl'] !== 'on') await systemClock.sleep(ms(5));
    });
    const connection: ConnectionSettings = {
      ...server.connection,
      tls: { verify: 'identity', authority },
    };
    const traffic = trafficOf({
      connections: 3,
      rate: '100/s',
      arrival: 'uniform',
      transactions: {
        it: {
          params: { text: 'uuid' },
          steps: [
            {
              query: 'SELECT ssl, repeat(:text, 2_000) AS big FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
              capture: { big: 'big' },
              expect: { columns: { ssl: true } },
            },
            { query: 'SELECT length(:big) AS n', expect: { columns: { n: 72_000 } } },
          ],
        },
      },
    });
    const recording = await drive(traffic, connection, { lasts: 1_000 });
    expect(recording.errors).toEqual([]);
    expect(accountOf(recording)).toMatchObject({ planned: 100, completed: 100 });
  } finally {
    await instance.close();
    removeDirectory(directory);
  }
});
