import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { installEventTriggers } from '#rooms/migration/index.js';
import { ledger } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, ROOT, startRehearsal, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* Rehearsals in the named database itself, which somebody uses. */

const server = sharedServer("CREATE ROLE plain LOGIN PASSWORD 'm' CREATEDB", {
  max_prepared_transactions: '5',
});

beforeAll(async () => {
  await server.run('CREATE DATABASE shop OWNER plain');
  await on('shop', 'CREATE SCHEMA app; CREATE TABLE app.orders (id int PRIMARY KEY, note text)');
  await on('shop', "INSERT INTO app.orders SELECT n, 'x' FROM generate_series(1, 1000) AS n; ANALYZE");
  await on('shop', 'ALTER SCHEMA app OWNER TO plain; ALTER TABLE app.orders OWNER TO plain');
  await on('shop', 'CREATE TABLE app.parcels (id int); ALTER TABLE app.parcels OWNER TO plain');
  await marked({ ...server.connection(), database: 'shop' });
});

const on = (database: string, sql: string) => server.run(sql, database);

const PASSWORD = { environment: { PGPASSWORD: 'm' } };

const { target } = server;

const READ = {
  connections: 2,
  rate: '50/s',
  transactions: {
    read: { query: 'SELECT note FROM app.orders WHERE id = :id', params: { id: 'app.orders.id' } },
  },
};

function existing({ files }: TestHome, name: string, more: object = {}): string {
  const folder = join(files, name);
  mkdirSync(folder);
  return ledger(folder, {
    migration: { sql: 'ALTER TABLE app.orders ADD COLUMN tracking uuid DEFAULT gen_random_uuid()' },
    more: { name, dataset: 'existing', databases: ['shop'], traffic: READ, ...more },
  });
}

const sessionsThere = () =>
  server.run(
    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehearse/%' AND pid <> pg_backend_pid()",
  );
/** Whatever is there that the team has not made. */
const leftIn = async (database: string): Promise<readonly string[]> => {
  const rows = await on(
    database,
    `SELECT evtname::text AS name FROM pg_event_trigger UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rehearse%'
     UNION ALL SELECT attname FROM pg_attribute WHERE attrelid = 'app.orders'::regclass AND attname = 'tracking'`,
  );
  return rows.map(({ name }) => String(name));
};
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('a run', () => {
  it('of existing data that others are connected to is refused, and insists only on demand', async () => {
    await using home = newHome();
    const { host, port, user, password } = server.connection();
    const who = { host, port, user, password, database: 'shop', application_name: 'psql' };
    const colleague = new pg.Client(who);
    await colleague.connect();
    try {
      const words = [existing(home, 'occupied', {}), '--target', target('shop', 'plain')];
      const refused = await rehearse(home, words, PASSWORD);
      expect(refused.exitCode).toBe(3);
      expect(inOneLine(refused.stdout)).toMatch(
        new RegExp(`shop can not be copied for the moment: .*: psql of ${user}.*--in-place`),
      );
      expect(await leftIn('shop')).toEqual([]);
      const insisting = [...words, '--in-place'];
      const tables = 'CREATE TABLE app.new (id int)';
      insisting[0] = existing(home, 'insisting', { migration: { sql: tables } });
      const ran = await rehearse(home, insisting, PASSWORD);
      expect(ran.exitCode, ran.stdout).toBe(0);
      expect(only(ran).report.warnings).toContainEqual(
        expect.stringMatching(/^rehearsed in shop itself, which is not put back as it was: .*--in-place/),
      );
      expect(only(ran).report.warnings).toContainEqual(
        expect.stringContaining('event triggers would act on the commands of everybody'),
      );
      await on('shop', 'DROP TABLE app.new');
    } finally {
      await colleague.end();
    }
  });

  it('of a database whose sessions are read-only works in a copy that is not, and is refused where it would fail for that', async () => {
    await using home = newHome();
    const words = [existing(home, 'read-only'), '--target', target('shop', 'plain')];
    const readOnly = 'default_transaction_read_only';
    await server.run(`ALTER DATABASE shop SET ${readOnly} = on`);
    const ran = await rehearse(home, words, PASSWORD);
    expect(ran.exitCode, ran.stdout).toBe(0);
    expect(only(ran).report.warnings).toContain(
      `the copy can be written to, unlike shop: it was not given ${readOnly}`,
    );
    const there = await rehearse(home, [...words, '--in-place'], PASSWORD);
    await server.run(`ALTER DATABASE shop RESET ${readOnly}; ALTER ROLE plain SET ${readOnly} = on`);
    const asRole = await rehearse(home, words, PASSWORD);
    await server.run(`ALTER ROLE plain RESET ${readOnly}`);
    expect([there.exitCode, inOneLine(there.stdout)]).toEqual([
      3,
      expect.stringContaining(`can not change anything in shop: ${readOnly} is on, set for the database`),
    ]);
    expect([asRole.exitCode, inOneLine(asRole.stdout)]).toEqual([
      3,
      expect.stringContaining(`can not change anything there: ${readOnly} is on, set for the role`),
    ]);
    expect(await leftIn('shop')).toEqual([]);
  });

  it('in the named database leaves nothing there when it is killed; what an older version left goes', async () => {
    await using home = newHome();
    const { user, password } = server.connection();
    const admin = { environment: { PGPASSWORD: password } };
    const path = existing(home, 'in-place', { phases: { baseline: '60s' } });
    const words = [path, '--target', target('shop', user), '--in-place'];
    const killed = startRehearsal(home, words, admin);
    await killed.says(/baseline: 60 s/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    await vi.waitUntil(async () => (await sessionsThere()).length === 0, { timeout: 20_000, interval: 50 });
    expect(await leftIn('shop')).toEqual([]);

    const leave = async () => {
      const { missing } = await installEventTriggers({ ...server.connection(), database: 'shop' });
      expect([missing, await leftIn('shop')]).toEqual([
        undefined,
        expect.arrayContaining(['rehearse_witness']),
      ]);
    };
    await leave();
    const clean = async (role: string, ...more: readonly string[]) => {
      const given = ['cleanup', '--target', target('shop', role), ...more];
      return await command(given, { home, ...(role === user ? admin : PASSWORD) });
    };
    const stays = await clean('plain');
    expect([stays.exitCode, stays.stdout]).toEqual([3, expect.stringContaining('a superuser may drop them')]);
    expect((await clean(user, '--dry-run')).stdout).toContain('would remove  event triggers');
    // What somebody has put there himself is not ours to drop.
    await on('shop', 'CREATE TABLE rehearse_witness.mine (id int)');
    expect((await clean(user)).stdout).toContain('not removed  event triggers');
    await on('shop', 'DROP TABLE rehearse_witness.mine');
    expect((await clean(user)).stdout).toContain('removed  event triggers  schema rehearse_witness in shop');
    expect(await leftIn('shop')).toEqual([]);

    await leave();
    const next = startRehearsal(home, words, admin);
    await next.says(/removed what a killed rehearsal had left: schema rehearse_witness in shop/);
    await next.says(/baseline: 60 s/);
    expect(await leftIn('shop')).toEqual([]);
    next.signal('SIGINT');
    expect((await next.ended).exitCode).toBe(130);
  });
});

describe('a prepared transaction', () => {
  /** The lock on the table outlives the session. */
  const STATEMENTS = [
    'BEGIN',
    'ALTER TABLE app.parcels ADD COLUMN tracking uuid',
    "PREPARE TRANSACTION 'it''s mine'",
  ];
  const preparing = (home: TestHome): object => {
    const tool = join(home.files, 'tool.mjs');
    const lines = [
      `import pg from ${JSON.stringify(join(ROOT, 'node_modules', 'pg', 'esm', 'index.mjs'))};`,
      'const client = new pg.Client();',
      'await client.connect();',
      `for (const sql of ${JSON.stringify(STATEMENTS)})`,
      '  await client.query(sql);',
      'await client.end();',
    ];
    writeFileSync(tool, lines.join('\n'));
    return { migration: { command: `node ${tool}` } };
  };
  const databases = async () =>
    (await server.run("SELECT datname::text AS name FROM pg_database WHERE datname ~ '^rehearse_'")).map(
      ({ name }) => String(name),
    );
  const prepared = () => server.run('SELECT gid, database FROM pg_prepared_xacts');
  const told = { verdict: 'migration-failed', left: [{ kind: 'prepared-transaction', name: "it's mine" }] };
  const found = (ran: Awaited<ReturnType<typeof rehearse>>) => {
    const { judgement, leftovers } = only(ran).report;
    return {
      verdict: judgement?.verdict.kind,
      left: leftovers.map(({ kind, name }) => ({ kind, name })),
    };
  };

  it('of a migration is its left-over: rolled back with the copy, told by name in place', async () => {
    await using home = newHome();
    const words = [existing(home, 'prepared', preparing(home)), '--target', target('shop', 'plain')];
    const copied = await rehearse(home, words, PASSWORD);
    expect([copied.exitCode, found(copied)], copied.stdout + copied.stderr).toEqual([4, told]);
    expect([await databases(), await prepared()]).toEqual([[], []]);

    const kept = await rehearse(home, [...words, '--keep'], PASSWORD);
    const [name] = await databases();
    const how = "ROLLBACK PREPARED 'it''s mine'";
    expect(inOneLine(kept.stderr)).toContain(
      `${name} on ${server.connection().host}:${server.connection().port}; it could not get its name rehearse_kept_…: it has prepared transactions, which stay until each is ended there: ${how}`,
    );
    await on(name!, how);
    await server.run(`DROP DATABASE ${name}`);

    const there = await rehearse(home, [...words, '--in-place'], PASSWORD);
    expect([there.exitCode, found(there)], there.stdout).toEqual([4, told]);
    expect(only(there).report.warnings).toContainEqual(
      expect.stringMatching(
        /^the prepared transaction it's mine stays in shop, .* ROLLBACK PREPARED 'it''s mine'/,
      ),
    );
    expect(await prepared()).toEqual([{ gid: "it's mine", database: 'shop' }]);
    await on('shop', how);
  });

  it('in what a killed run has left goes with it, if this role may end it', async () => {
    await using home = newHome();
    const name = 'rehearse_run_0123456789ab';
    await server.run(`CREATE DATABASE ${name} OWNER plain`);
    await server.run(`COMMENT ON DATABASE ${name} IS 'pg-rehearse: a database of its own'`);
    await on(name, "BEGIN; CREATE TABLE one (id int); PREPARE TRANSACTION 'one'");
    await on(name, "BEGIN; SET LOCAL ROLE plain; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'two'");
    await server.run(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false CONNECTION LIMIT 0`);
    const clean = async (role: string) =>
      await command(['cleanup', '--target', target('postgres', role)], {
        home,
        environment: { PGPASSWORD: role === 'plain' ? 'm' : server.connection().password },
      });
    const stays = await clean('plain');
    expect([stays.exitCode, inOneLine(stays.stdout)]).toEqual([
      3,
      expect.stringMatching(
        `could not be dropped: the prepared transaction one of ${server.connection().user} can not be rolled back: permission denied`,
      ),
    ]);
    expect((await clean(server.connection().user)).stdout).toContain(`removed  database  ${name}`);
    expect([await databases(), await prepared()]).toEqual([[], []]);
  });
});
