import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseConnectionString } from '#rooms/target/connection-string.js';

const NOTHING = {};
const VERIFY_NOTHING = { verify: 'nothing' };

describe('a connection string', () => {
  it.each([
    [
      'postgres://me:s%20e%40c@db.test:6543/my%20shop?sslmode=disable',
      { host: 'db.test', port: 6_543, database: 'my shop', user: 'me', password: 's e@c' },
    ],
    [
      'postgresql://me@[::1]/shop?sslmode=require',
      { host: '::1', port: 5_432, database: 'shop', user: 'me', password: '', tls: VERIFY_NOTHING },
    ],
    [
      String.raw`host=db.test dbname='my shop' user=me password='it\'s' sslmode=disable`,
      { host: 'db.test', port: 5_432, database: 'my shop', user: 'me', password: "it's" },
    ],
    [
      'postgres://me@db.test/shop?sslmode=verify-full',
      {
        host: 'db.test',
        port: 5_432,
        database: 'shop',
        user: 'me',
        password: '',
        tls: { verify: 'identity' },
      },
    ],
    [
      'host=/var/run/postgresql user=me dbname=shop',
      { host: '/var/run/postgresql', port: 5_432, database: 'shop', user: 'me', password: '' },
    ],
  ])('%s', (text, connection) => {
    expect(parseConnectionString(text, NOTHING).connection).toEqual(connection);
  });

  it('may be a name alone; what it leaves out comes from the variables of libpq', () => {
    const environment = {
      PGHOST: 'db.test',
      PGPORT: '1234',
      PGUSER: 'me',
      PGPASSWORD: 'secret',
      PGSSLMODE: 'disable',
    };
    expect(parseConnectionString('shop', environment).connection).toEqual({
      host: 'db.test',
      port: 1_234,
      database: 'shop',
      user: 'me',
      password: 'secret',
    });
    expect(parseConnectionString('host=other', environment).connection).toMatchObject({
      host: 'other',
      database: 'me',
    });
  });

  it('a service comes before the variables, and what is written before the service', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rehearse-service-'));
    const file = join(directory, 'services');
    writeFileSync(file, '[staging]\nhost=db.test\nuser=clerk\ndbname=shop\nsslmode=disable\n');
    const environment = { PGSERVICEFILE: file, PGHOST: 'other', PGPORT: '1234', PGSERVICE: 'staging' };
    const expected = { host: 'db.test', port: 1_234, database: 'shop', user: 'clerk', password: '' };
    for (const text of ['service=staging', 'postgres://', 'postgres:///?service=staging'])
      expect(parseConnectionString(text, environment).connection).toEqual(expected);
    expect(parseConnectionString('postgres:///mine?user=me', environment).connection).toEqual({
      ...expected,
      user: 'me',
      database: 'mine',
    });
    expect(() => parseConnectionString('service=prod', environment)).toThrow(
      `there is no service "prod" in ${file}`,
    );
    writeFileSync(file, '[staging]\nhost=db.test\nmagic=1\n');
    expect(() => parseConnectionString('service=staging', environment)).toThrow(
      'the service staging does not know the parameter magic',
    );
    rmSync(directory, { recursive: true });
  });

  it('files of certificates are read, and those that are not there are told', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rehearse-certificates-'));
    const [certificate, key] = ['client.crt', 'client.key'].map((name) => join(directory, name));
    writeFileSync(certificate!, 'CERTIFICATE');
    writeFileSync(key!, 'KEY');
    const environment = { PGSSLCERT: certificate, PGSSLKEY: key, PGSSLMODE: 'require' };
    expect(parseConnectionString('shop', environment).connection.tls).toEqual({
      verify: 'nothing',
      certificate: { certificate: 'CERTIFICATE', key: 'KEY' },
    });
    expect(() => parseConnectionString(`sslkey=${directory}/none.key`, environment)).toThrow(
      '--database can not read the file of sslkey',
    );
    rmSync(directory, { recursive: true });
  });

  it('what libpq knows is accepted where it asks for nothing else than is done, and else refused', () => {
    const url = 'postgres://me@db.test/shop?sslmode=disable&connect_timeout=3';
    expect(parseConnectionString(`${url}&channel_binding=prefer&keepalives=1`, NOTHING).connection).toEqual({
      host: 'db.test',
      port: 5_432,
      database: 'shop',
      user: 'me',
      password: '',
      connectTimeout: 3_000,
    });
    for (const [more, message] of [
      ['channel_binding=require', 'knows channel_binding only as prefer or disable'],
      ['target_session_attrs=standby', 'knows target_session_attrs only as any'],
      ['hostaddr=db.test', 'expects for hostaddr one address'],
    ] as const)
      expect(() => parseConnectionString(`${url}&${more}`, NOTHING, '--target')).toThrow(
        `--target ${message}`,
      );
    const at = (text: string, environment = NOTHING) => parseConnectionString(text, environment).connection;
    expect(at(`${url}&hostaddr=10.0.0.7`)).toMatchObject({ host: 'db.test', address: '10.0.0.7' });
    expect(at('dbname=shop', { PGHOSTADDR: '::1' })).toMatchObject({ host: '::1', address: '::1' });
    expect(() => parseConnectionString('host=a,b', NOTHING)).toThrow('expects one host');
    expect(() => parseConnectionString(url, { PGCHANNELBINDING: 'require' })).toThrow('PGCHANNELBINDING');
    for (const [name, agreed, refused] of [
      ['PGOPTIONS', '', '-c search_path=nowhere'],
      ['PGREQUIRESSL', '0', '1'],
      ['PGSSLMINPROTOCOLVERSION', 'TLSv1.2', 'TLSv1.3'],
    ] as const) {
      expect(() => parseConnectionString(url, { [name]: refused })).toThrow(`${name} in the environment`);
      expect(() => parseConnectionString(url, { [name]: agreed })).not.toThrow();
    }
  });

  it('without a word on TLS prefers it', () => {
    expect(parseConnectionString('postgres://me@db.test/shop', NOTHING)).toMatchObject({
      sslMode: 'prefer',
      connection: { tls: VERIFY_NOTHING },
    });
  });

  it('over a Unix socket needs no TLS, whatever is asked for, as with libpq', () => {
    const socket = parseConnectionString('host=/var/run/postgresql sslmode=verify-full', NOTHING);
    expect(socket.sslMode).toBe('disable');
    expect(socket.connection.tls).toBeUndefined();
  });

  it.each([
    'postgres://me:secret@db.test:port/shop',
    'postgres://me:secret@db.test:0/shop',
    'mysql://me:secret@db.test/shop',
    'postgres://me:secret@db.test/shop?sslmode=perhaps',
    'postgres://me:secret@db.test/shop?target_session=x',
    "host=db.test password='secret",
    'postgres://me:se%cret@db.test/shop',
    'me:secret@db.test:5432/shop',
    'postgres://me:12/secret@db.test/shop',
    'postgres://me:12?secret@db.test/shop',
    'postgres://me:12#secret@db.test/shop',
  ])('is refused without being repeated: %s', (text) => {
    let thrown: unknown;
    try {
      parseConnectionString(text, NOTHING);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'usage' });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('secret');
  });
});
