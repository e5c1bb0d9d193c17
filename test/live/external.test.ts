import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { connect, sweepDatabases } from '#rooms/target/index.js';
import { ledger, type LedgerScenario } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, startRehearsal, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* `--target postgres://…`: a server of somebody else's, as far as the command knows. */

const server = sharedServer('CREATE DATABASE rehearsal', { max_connections: '60' });

/** As a managed service gives it; and one that has no more than what a rehearsal needs, and one that has less. */
const ROLES = `
CREATE ROLE managed LOGIN PASSWORD 'm' NOSUPERUSER CREATEDB CREATEROLE; GRANT pg_monitor, pg_signal_backend TO managed;
CREATE ROLE plain LOGIN PASSWORD 'm' CREATEDB;
CREATE ROLE poor LOGIN PASSWORD 'm';
ALTER DATABASE rehearsal OWNER TO managed`;

beforeAll(async () => {
  await server.run(ROLES);
  await marked({ ...server.connection(), database: 'rehearsal' });
  await server.run('CREATE DATABASE shop OWNER plain');
  await on('shop', 'CREATE SCHEMA app; CREATE TABLE app.orders (id int PRIMARY KEY, note text)');
  await on('shop', "INSERT INTO app.orders SELECT n, 'x' FROM generate_series(1, 1000) AS n; ANALYZE");
  await on('shop', 'ALTER SCHEMA app OWNER TO plain; ALTER TABLE app.orders OWNER TO plain');
  await on(
    'shop',
    "COMMENT ON DATABASE shop IS 'of the team'; ALTER DATABASE shop SET search_path = app, public",
  );
  await on('shop', 'REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO poor');
  await on('shop', "ALTER DATABASE shop SET log_min_duration_statement = '1h'");
  await on('shop', 'CREATE FOREIGN DATA WRAPPER anything');
  await on('shop', "CREATE SERVER archive FOREIGN DATA WRAPPER anything OPTIONS (password 'sesame')");
});

const on = (database: string, sql: string) => server.run(sql, database);

const PASSWORD = { environment: { PGPASSWORD: 'm' } };

const { target } = server;

const ADD_COLUMN = { migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' } };
const READ = {
  connections: 2,
  rate: '50/s',
  transactions: {
    read: { query: 'SELECT note FROM orders WHERE id = :id', params: { id: 'app.orders.id' } },
  },
};

function scenario({ files }: TestHome, name: string, { more, ...rest }: Partial<LedgerScenario>): string {
  const folder = join(files, name);
  mkdirSync(folder);
  return ledger(folder, { ...ADD_COLUMN, ...rest, more: { name, ...more } });
}

const existing = (home: TestHome, name: string, more: object = {}): string =>
  scenario(home, name, {
    migration: { sql: 'ALTER TABLE app.orders ADD COLUMN tracking uuid DEFAULT gen_random_uuid()' },
    more: { dataset: 'existing', databases: ['shop'], traffic: READ, ...more },
  });

const oursThere = async (): Promise<readonly string[]> => {
  const rows = await server.run(
    "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'rehearse%'",
  );
  return rows.map(({ name }) => String(name)).filter((name) => !/^rehearse_[0-9a-f]{16}_\d+$/.test(name));
};
const sessionsThere = () =>
  server.run(
    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%' AND pid <> pg_backend_pid()",
  );
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('a server of somebody else', () => {
  it('is left alone unless the scenario allows the name and the database bears its own mark', async () => {
    await using home = newHome();
    const wrongName = await rehearse(home, [
      existing(home, 'name'),
      '--target',
      target('rehearsal', 'managed'),
    ]);
    expect([wrongName.exitCode, wrongName.reports]).toEqual([2, []]);
    expect(wrongName.stderr).toContain(
      'may not be rehearsed on a database called "rehearsal": it allows shop',
    );
    const words = [existing(home, 'mark'), '--target', target('shop', 'plain')];
    const unmarked = await rehearse(home, words, PASSWORD);
    expect(unmarked.exitCode).toBe(2);
    expect(inOneLine(unmarked.stdout)).toContain(
      'the database bears no mark that it may be changed for good',
    );
    // As a dump brings it along.
    const [{ comment }] = (await server.run(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = 'rehearsal'",
    )) as [{ comment: string }];
    await server.run(`COMMENT ON DATABASE shop IS '${comment}'`);
    const foreign = await rehearse(home, words, PASSWORD);
    expect(foreign.exitCode).toBe(2);
    expect(inOneLine(foreign.stdout)).toContain('the mark on the database was made for another one');
    await server.run("COMMENT ON DATABASE shop IS 'of the team'");
  });

  it('gets its mark from whoever types the name, and loses it again; what else its comment says stays', async () => {
    const mark = (...more: readonly string[]) =>
      command(['mark', target('shop', 'plain'), ...more], PASSWORD);
    const comment = async () =>
      (
        await server.run(
          "SELECT shobj_description(oid, 'pg_database') AS it FROM pg_database WHERE datname = 'shop'",
        )
      )[0];
    const untyped = await mark();
    expect([untyped.exitCode, untyped.stderr]).toEqual([2, expect.stringContaining('--confirm shop')]);
    expect((await mark('--confirm', 'shoq')).exitCode).toBe(2);
    expect(await comment()).toEqual({ it: 'of the team' });
    const stranger = await command(['mark', target('shop', 'poor'), '--confirm', 'shop'], PASSWORD);
    expect([stranger.exitCode, stranger.stderr]).toEqual([2, expect.stringContaining('it belongs to plain')]);
    expect((await mark('--confirm', 'shop')).stdout).toContain('/shop is marked');
    expect(await comment()).toEqual({
      it: expect.stringMatching(/^pg-rehearse: may be .*\nof the team$/) as unknown,
    });
    expect((await mark('--remove')).stdout).toContain('bears the mark no more');
    expect(await comment()).toEqual({ it: 'of the team' });
    await mark('--confirm', 'shop');
    // A usual cut-over.
    await using home = newHome();
    await server.run('ALTER DATABASE shop RENAME TO shop_live');
    const words = [existing(home, 'renamed', { databases: ['*'] }), '--target', target('shop_live', 'plain')];
    const renamed = await rehearse(home, words, PASSWORD);
    await server.run('ALTER DATABASE shop_live RENAME TO shop');
    expect(renamed.exitCode).toBe(2);
    expect(inOneLine(renamed.stdout)).toContain('was marked as "shop" and is called "shop_live" now');
  });

  it('is left alone while it has a standby or traffic, unless that is tolerated, which the report says', async () => {
    await using home = newHome();
    const { host, port, user, password } = server.connection();
    // What a standby or a base backup opens; @types/pg does not know it.
    const receiver = new pg.Client({
      host,
      port,
      user,
      password,
      application_name: 'dr',
      ...{ replication: 'true' },
    });
    await receiver.connect();
    await using application = await connect(server.connection(), 'audit');
    const over = new AbortController();
    const busy = (async () => {
      while (!over.signal.aborted) await application.query('SELECT count(*) FROM pg_class');
    })();
    try {
      const words = [scenario(home, 'busy', {}), '--target', target('rehearsal', 'managed')];
      const refused = await rehearse(home, words, PASSWORD);
      expect(refused.exitCode).toBe(2);
      expect(inOneLine(refused.stdout)).toMatch(
        /somebody depends on this server: a receiver of its log of changes: dr .*; [\d,]+\/s transactions of others, most in database postgres; the limit is 10\/s .*--tolerate standby,traffic/,
      );
      const half = await rehearse(home, [...words, '--tolerate', 'standby'], PASSWORD);
      expect(half.exitCode).toBe(2);
      const ran = await rehearse(home, [...words, '--tolerate', 'standby,traffic'], PASSWORD);
      expect(ran.exitCode, ran.stdout).toBe(0);
      for (const concern of ['standby', 'traffic']) {
        const said = `rehearsed although somebody depends on this server (--tolerate ${concern})`;
        expect(only(ran).report.warnings).toContainEqual(expect.stringContaining(said));
        expect(ran.stderr).toContain(said);
      }
      const raised = [...words, '--tolerate', 'standby', '--set', 'other_traffic=100000/s'];
      const beside = await rehearse(home, raised, PASSWORD);
      expect(only(beside).report.warnings).toContainEqual(
        expect.stringMatching(/^rehearsed beside [\d,]+\/s transactions of others, .* allows 100,000\/s/),
      );
    } finally {
      over.abort();
      await busy;
      await receiver.end();
    }
  });
});

describe('a run there', () => {
  it('of a generated dataset has a database of its own, from a template that stays, with the rights of a managed service', async () => {
    await using home = newHome();
    const settings = { work_mem: '8MB', max_connections: 300 };
    const path = scenario(home, 'generated', { more: { settings } });
    const words = [path, '--repeat', '2', '--target', target('rehearsal', 'managed')];
    const ran = await rehearse(home, words, PASSWORD);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
    expect(ran.reports).toHaveLength(2);
    for (const { report } of ran.reports) expect(report.server?.target).toBe('external');
    expect(ran.reports.some(({ report }) => report.dataset.fromCache)).toBe(true);
    const { report } = ran.reports[1]!;
    expect(report.server?.settings['work_mem']).toBe('8192 kB');
    expect(report.warnings).toContainEqual(
      expect.stringContaining('settings.max_connections: 300 could not be set, the server keeps 60'),
    );
    expect(report.observer?.missing).toContainEqual(
      expect.stringContaining('managed may not set log_lock_waits'),
    );
    expect(await oursThere()).toEqual([]);
    expect(await sessionsThere()).toEqual([]);
  });

  it('of existing data has a copy with its privileges and settings; --keep keeps it', async () => {
    await using home = newHome();
    const path = existing(home, 'copy', { databases: ['*'] });
    const words = [path, '--target', target('shop', 'plain'), '--keep'];
    const ran = await rehearse(home, words, PASSWORD);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
    const [kept, ...others] = await oursThere();
    expect([kept, others]).toEqual([expect.stringMatching(/^rehearse_kept_/), []]);
    expect(ran.stderr).toMatch(/nobody can log in to shop until its [\d.]+ MB are copied/);
    const { warnings } = only(ran).report;
    expect(warnings).toContainEqual(
      expect.stringContaining(`the database of this run is kept (--keep): ${kept}`),
    );
    expect(warnings).toContainEqual(
      'this role may not give the copy all settings of shop: it lacks log_min_duration_statement',
    );
    expect(warnings).toContainEqual(expect.stringContaining('"*" allows every name'));
    expect(warnings).toContainEqual(
      expect.stringContaining(
        'written to foreign tables reaches the real servers, from a copy as well: archive (anything)',
      ),
    );
    expect(JSON.stringify(only(ran).report)).not.toContain('sesame');
    const columns =
      "SELECT FROM pg_attribute WHERE attrelid = 'app.orders'::regclass AND attname = 'tracking'";
    expect(await on('shop', columns)).toEqual([]);
    expect(await on(kept!, columns)).toHaveLength(1);
    expect(await on(kept!, 'SHOW search_path')).toEqual([{ search_path: 'app, public' }]);
    const may = (role: string) => `SELECT has_database_privilege('${role}', '${kept}', 'CONNECT') AS may`;
    expect(await server.run(may('poor'))).toEqual([{ may: true }]);
    expect(await server.run(may('managed'))).toEqual([{ may: false }]);
    // Nobody sweeps what a person wanted to have.
    expect(await sweepDatabases({ connection: server.connection(), sslMode: 'disable' })).toEqual([]);
    const cleaned = await command(['cleanup', '--target', target('shop', 'plain')], { home, ...PASSWORD });
    expect([cleaned.exitCode, cleaned.stdout]).toEqual([
      0,
      expect.stringMatching(`yours, stays  kept database  ${kept}\\n[^]*1 yours`),
    ]);
    await server.run(`DROP DATABASE ${kept}`);
  });

  it('by a role that may not create databases: in the database itself, which is said; generated data are refused', async () => {
    await using home = newHome();
    await on('shop', 'GRANT USAGE ON SCHEMA app TO poor; GRANT SELECT ON app.orders TO poor');
    const words = (path: string, database: string) => [path, '--target', target(database, 'poor')];
    const there = existing(home, 'there', { migration: { sql: 'SELECT 1' } });
    const ran = await rehearse(home, words(there, 'shop'), PASSWORD);
    expect(ran.exitCode, ran.stdout).toBe(0);
    const said =
      'rehearsed in shop itself, which is not put back as it was: it can not be copied, for the role may not create databases';
    expect(only(ran).report.warnings).toContain(said);
    expect(ran.stderr).toContain(said);
    // Before anything has happened.
    expect(ran.stderr).toMatch(/from here on shop itself is changed[^]*warmup/);
    const twice = await rehearse(home, [...words(there, 'shop'), '--repeat', '2'], PASSWORD);
    expect(twice.exitCode).toBe(3);
    expect(inOneLine(twice.stdout)).toContain(
      'the second run would begin with what the first one has changed (--repeat 2)',
    );
    const refused = await rehearse(home, words(scenario(home, 'refused', {}), 'rehearsal'), PASSWORD);
    expect(refused.exitCode).toBe(3);
    expect(inOneLine(refused.stdout)).toContain(
      'no database can be made for the run: the role may not create databases',
    );
    expect(await oursThere()).toEqual([]);
  });

  it('that was killed leaves a database, which the next run removes, and no other', async () => {
    await using home = newHome();
    const long = existing(home, 'long', { phases: { baseline: '60s' } });
    const start = (...more: readonly string[]) =>
      startRehearsal(home, [long, '--target', target('shop', 'plain'), ...more], PASSWORD);
    // Kept is what has ended.
    const killed = start('--keep');
    await killed.says(/baseline: 60 s/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const [left] = await oursThere();
    // By their names alone like ours; in one that was, somebody works.
    const strange = ['rehearse_run_0123456789ab', 'rehearse_aside_0123456789ab', 'rehearse_run_ba9876543210'];
    for (const name of strange) await server.run(`CREATE DATABASE ${name} OWNER plain`);
    await server.run(`COMMENT ON DATABASE ${strange[2]} IS 'pg-rehearse: a database of its own'`);
    const colleague = new pg.Client({
      ...server.connection(),
      database: strange[2]!,
      application_name: 'colleague',
    });
    await colleague.connect();
    // Its sessions end by themselves, the one that holds the database's name among them.
    await vi.waitUntil(async () => (await sessionsThere()).length === 0, { timeout: 20_000, interval: 50 });
    const next = start();
    await next.says(new RegExp(`removed what a killed rehearsal had left: ${left}`));
    await next.says(/baseline: 60 s/);
    const told: string[] = [];
    const all = { connection: server.connection(), sslMode: 'disable' } as const;
    expect(await sweepDatabases(all, { tell: (sentence) => told.push(sentence) })).toEqual([]);
    expect(told).toEqual([
      expect.stringMatching(`^${strange[2]} was left behind, and somebody works in it: colleague`),
    ]);
    expect(await oursThere()).toHaveLength(1 + strange.length);
    await colleague.end();
    for (const name of strange) await server.run(`DROP DATABASE ${name} WITH (FORCE)`);
    next.signal('SIGINT');
    expect((await next.ended).exitCode).toBe(130);
    expect(await oursThere()).toEqual([]);
    expect(await sessionsThere()).toEqual([]);
  });
});
