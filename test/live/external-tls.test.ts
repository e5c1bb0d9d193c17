import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { withSession, type ConnectionSettings, type Instance } from '#rooms/target/index.js';
import { certificateFor, encrypted, type CertificateFiles } from './encrypted.js';
import { ledger } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, ROOT } from './rehearsal.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';

/* A server that lets the application in by its certificate, over TLS, and in no other way. */

let directory: string;
let instance: Instance;
let connection: ConnectionSettings;
let application: CertificateFiles;

const run = (sql: string, database = 'postgres') =>
  withSession({ ...connection, database }, 'audit', (session) => session.query(sql));

beforeAll(async () => {
  directory = temporaryDirectory();
  instance = await newInstance(await homeAt(directory));
  await instance.initialize();
  const rules = join(instance.dataDirectory, 'pg_hba.conf');
  const others = readFileSync(rules, 'utf8');
  writeFileSync(rules, `hostssl all application all cert\nhost all application all reject\n${others}`);
  const theirs = certificateFor('application', join(instance.dataDirectory, 'application'));
  connection = await encrypted(instance, { ...TEST_SETTINGS, max_connections: '60' });
  await run(`ALTER SYSTEM SET ssl_ca_file = '${theirs.certificate}'`);
  await run('SELECT pg_reload_conf()');
  await run('CREATE ROLE application LOGIN CREATEDB');
  await run('CREATE DATABASE rehearsal OWNER application');
  await marked({ ...connection, database: 'rehearsal' });
  application = theirs;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

const ALL_ENCRYPTED = `DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'application' AND client_dn IS DISTINCT FROM '/CN=application')
  THEN RAISE EXCEPTION 'somebody came without the certificate'; END IF;
END $$`;

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** A tool that needs no certificate; nor do the other users of its machine have one, so they must not get in where it does. */
function toolAt(directory: string): string {
  const file = join(directory, 'tool.mjs');
  const pg = join(ROOT, 'node_modules', 'pg', 'esm', 'index.mjs');
  const tool = `
    import pg from ${JSON.stringify(pg)};
    const came = async (config) => {
      const client = new pg.Client(config);
      try {
        await client.connect();
        return (await client.query('SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows[0].client_dn;
      } catch (error) {
        return error.code;
      } finally {
        await client.end();
      }
    };
    const ends = [await came(), await came({ password: 'a guess' }), await came({ database: 'postgres' })];
    console.log(ends.join(' '), process.env.PGSSLCERT);
    if (ends.join(' ') !== '/CN=application 28P01 28000') process.exit(1);`;
  writeFileSync(file, tool);
  return file;
}

it('is rehearsed on, each session by the certificate; the tool of a command needs none', async () => {
  await using home = newHome();
  const path = ledger(home.files, {
    migration: [
      { sql: ALL_ENCRYPTED },
      { command: `node ${toolAt(home.files)}` },
      { sql: 'ALTER TABLE entries ADD COLUMN label text' },
    ],
  });
  const { host, port } = connection;
  const server = join(instance.dataDirectory, 'server.crt');
  const { key, certificate } = application;
  const target = (...more: readonly string[]) =>
    `host=${host} port=${port} user=application dbname=rehearsal ${more.join(' ')}`;
  const verified = `sslmode=verify-full sslrootcert=${server}`;
  const own = `sslcert=${certificate} sslkey=${key}`;

  const ended = await rehearse(home, [path, '--target', target(verified, own)]);
  expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
  expect(only(ended).report.migration?.outcome).toBe('applied');
  expect(only(ended).report.migration?.steps[1]?.output).toBe('/CN=application 28P01 28000 undefined\n');

  const without = await rehearse(home, [path, '--target', target(verified)]);
  expect(without.exitCode).toBe(3);
  expect(inOneLine(without.stdout)).toMatch(/certificate/);
  const stranger = certificateFor('127.0.0.1', join(home.files, 'stranger'));
  const distrusting = target(`sslmode=verify-full sslrootcert=${stranger.certificate}`, own);
  // What switches all checks of Node.js off where nobody asks for them.
  const distrusted = await rehearse(home, [path, '--target', distrusting], {
    environment: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
  });
  expect(distrusted.exitCode).toBe(3);
  expect(inOneLine(distrusted.stdout)).toMatch(/self.signed certificate|unable to verify/);
});

it('verify-ca trusts the authority whatever the host is called, verify-full does not', async () => {
  await using home = newHome();
  const { port } = connection;
  const { key, certificate } = application;
  const by = (mode: string, at = 'host=localhost') =>
    command(
      [
        'cleanup',
        '--dry-run',
        '--target',
        `${at} port=${port} user=application dbname=rehearsal sslmode=${mode} ` +
          `sslrootcert=${join(instance.dataDirectory, 'server.crt')} sslcert=${certificate} sslkey=${key}`,
      ],
      { home },
    );
  const [authority, identity] = await Promise.all([by('verify-ca'), by('verify-full')]);
  expect([authority.exitCode, authority.stderr]).toEqual([0, '']);
  expect(identity.exitCode).toBe(3);
  expect(inOneLine(identity.stderr)).toMatch(/localhost/);

  // A name that leads nowhere, at an address that is said.
  const there = 'host=db.invalid hostaddr=127.0.0.1';
  const [addressed, unlike] = await Promise.all([by('verify-ca', there), by('verify-full', there)]);
  expect([addressed.exitCode, addressed.stderr]).toEqual([0, '']);
  expect([unlike.exitCode, inOneLine(unlike.stderr)]).toEqual([
    3,
    expect.stringContaining("Host: db.invalid. is not cert's") as unknown,
  ]);
});
