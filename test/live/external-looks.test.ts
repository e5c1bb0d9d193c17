import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lookAround, withSession } from '#rooms/target/index.js';
import { perSecond } from '#rooms/units.js';
import { ledger } from './ledger.js';
import { command, newHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* How a database is looked at before anybody knows whether it may be rehearsed on. */

const server = sharedServer("CREATE ROLE poor LOGIN PASSWORD 'm'");

const on = async (database: string, sql: string) =>
  (await withSession({ ...server.connection(), database }, 'audit', (session) => session.query(sql))).rows;

const NEVER = new AbortController().signal;
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** Equality of names, for whoever has it before that of the server, makes its owner a superuser. */
const EVIL = `
CREATE SCHEMA evil AUTHORIZATION mallory;
CREATE FUNCTION evil.eq(name, name) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on' THEN EXECUTE 'ALTER ROLE mallory SUPERUSER'; END IF;
  RETURN $1 OPERATOR(pg_catalog.=) $2;
END $$;
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.eq)`;

describe('a database of somebody else', () => {
  it('whose owner has put operators of his own before those of the server gets no hold of whoever looks at it', async () => {
    await server.run("CREATE ROLE mallory LOGIN PASSWORD 'm'");
    await server.run('CREATE DATABASE mal OWNER mallory');
    await on('mal', EVIL);
    await server.run(
      `ALTER DATABASE mal SET search_path = evil, pg_catalog; ALTER DATABASE mal SET default_transaction_read_only = on;
       ALTER DATABASE mal SET statement_timeout = '1ms'`,
    );
    const isPromoted = async () =>
      (await server.run("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'"))[0];
    await using home = newHome();
    const path = ledger(home.files, {
      migration: { sql: 'SELECT 1' },
      more: { dataset: 'existing', databases: ['mal'] },
    });
    const dataset = join(home.files, 'tiny.yaml');
    writeFileSync(dataset, JSON.stringify({ schema: './tiny.sql', tables: { t: { rows: 1 } } }));
    writeFileSync(join(home.files, 'tiny.sql'), 'CREATE TABLE t (id int PRIMARY KEY)');
    const { host, port, user, password } = server.connection();
    const there = `postgres://${user}@${host}:${port}/mal`;
    for (const [words, exitCode, said] of [
      [['mark', there, '--confirm', 'wrong'], 2, 'nothing was marked'],
      [['run', path, '--target', there], 2, 'bears no mark'],
      [['dataset', 'load', dataset, '--database', there], 2, 'expected an empty database'],
      [['dataset', 'verify', dataset, '--database', there, '--exact'], 99, 'beyond tolerance'],
      [['cleanup', '--target', there], 0, 'removed'],
      [['mark', there, '--confirm', 'mal'], 0, '/mal is marked'],
      [['mark', there, '--remove'], 0, 'bears the mark no more'],
    ] as const) {
      const ended = await command(words, { home, environment: { PGPASSWORD: password } });
      expect([ended.exitCode, inOneLine(ended.stdout + ended.stderr)], words.join(' ')).toEqual([
        exitCode,
        expect.stringContaining(said),
      ]);
      expect(await isPromoted(), words.join(' ')).toEqual({ rolsuper: false });
    }
    // The trap itself works.
    const settings = { default_transaction_read_only: 'off', statement_timeout: '0' };
    const mal = { ...server.connection(), database: 'mal' };
    await withSession(mal, 'audit', (session) => session.query("SELECT 'a'::name = 'a'::name"), { settings });
    expect(await isPromoted()).toEqual({ rolsuper: true });
    await server.run('DROP DATABASE mal');
    await server.run('DROP ROLE mallory');
  });

  it('whose views may not be read is looked at as far as that goes; a slot whose standby is away counts', async () => {
    const views =
      'pg_catalog.pg_stat_database, pg_catalog.pg_stat_replication, pg_catalog.pg_replication_slots';
    const poor = { ...server.connection(), database: 'postgres', user: 'poor', password: 'm' };
    const look = () => withSession(poor, 'audit', (one) => lookAround(one, perSecond(1e9), NEVER));
    await server.run("SELECT pg_create_physical_replication_slot('dr', true)");
    try {
      expect((await look()).objections).toEqual([
        { about: 'standby', found: expect.stringMatching(/receiver is away.*: dr$/) as unknown },
      ]);
      await on('postgres', `REVOKE SELECT ON ${views} FROM PUBLIC`);
      const { objections, missing } = await look();
      expect([objections, missing.join('; ')]).toEqual([
        [],
        expect.stringMatching(/pg_stat_database may .*pg_stat_replication may .*pg_replication_slots may /),
      ]);
    } finally {
      await on('postgres', `GRANT SELECT ON ${views} TO PUBLIC`);
      await server.run("SELECT pg_drop_replication_slot('dr')");
    }
  });
});
