import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { systemClock } from '#rooms/clock.js';
import { withSession, type ConnectionSettings, type Instance } from '#rooms/target/index.js';
import { milliseconds as ms } from '#rooms/units.js';

/** Starts the server so that it speaks TLS, with a certificate that is checked. */
export async function encrypted(
  instance: Instance,
  settings: Readonly<Record<string, string>>,
): Promise<ConnectionSettings> {
  const authority = certify(instance.dataDirectory);
  const { connection } = await instance.start(settings);
  await withSession(connection, 'audit', async (session) => {
    await session.query('ALTER SYSTEM SET ssl = on');
    await session.query('SELECT pg_reload_conf()');
    while ((await session.query('SHOW ssl')).rows[0]?.['ssl'] !== 'on') await systemClock.sleep(ms(5));
  });
  return { ...connection, tls: { verify: 'identity', authority } };
}

/** A certificate for 127.0.0.1, where the server looks for it. */
function certify(directory: string): string {
  const { certificate } = certificateFor('127.0.0.1', join(directory, 'server'));
  return readFileSync(certificate, 'utf8');
}

export interface CertificateFiles {
  readonly key: string;
  readonly certificate: string;
}

/** One that vouches for itself; its files belong to the owner of their directory. */
export function certificateFor(name: string, path: string): CertificateFiles {
  const [key, certificate] = [`${path}.key`, `${path}.crt`];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...words, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const { uid, gid } = statSync(dirname(path));
  for (const file of [key, certificate]) chownSync(file, uid, gid);
  chmodSync(key, 0o600);
  return { key, certificate };
}
