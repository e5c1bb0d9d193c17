import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import {
  createOwnDatabase,
  HeldName,
  openOwnDatabase,
  runDatabaseName,
  sweepDatabases,
  withSession,
} from '#rooms/target/index.js';
import { cloneDatabase } from '#rooms/run/clone-database.js';
import { ledger } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, startRehearsal, type TestHome } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* The database of a run on a server of others: whom it is in the way of, and who is in its way. */

const { connection, run, target } = sharedServer(
  "CREATE ROLE plain LOGIN PASSWORD 'm' CREATEDB; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
  { max_connections: '60' },
);

beforeAll(async () => {
  await run('CREATE DATABASE shop OWNER plain');
  await run('CREATE TABLE orders (id int PRIMARY KEY); ALTER TABLE orders OWNER TO plain', 'shop');
  await run('INSERT INTO orders SELECT generate_series(1, 1000); ANALYZE', 'shop');
  await marked({ ...connection(), database: 'shop' });
});

const PASSWORD = { environment: { PGPASSWORD: 'm' } };

const start = (home: TestHome, name: string, seconds: number) =>
  startRehearsal(home, words(home, name, seconds), PASSWORD);

function words(
  { files }: TestHome,
  name: string,
  seconds: number,
  where = target('shop', 'plain'),
): readonly string[] {
  const folder = join(files, name);
  mkdirSync(folder);
  const traffic = {
    connections: 2,
    rate: '50/s',
    transactions: { read: { query: 'SELECT id FROM orders WHERE id = 1' } },
  };
  const path = ledger(folder, {
    migration: { sql: `SELECT pg_sleep(${seconds})` },
    more: { name, dataset: 'existing', databases: ['shop', 'team'], traffic },
  });
  return [path, '--target', where];
}

const copies = async (): Promise<readonly string[]> =>
  (await run("SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'rehearse\\_%'")).map((row) =>
    String(row['name']),
  );

/** As a monitoring agent that may more than the harness. */
async function agentIn(database: string): Promise<pg.Client> {
  const agent = new pg.Client({ ...connection(), database, application_name: 'agent' });
  await agent.connect();
  return agent;
}

const IS_CLOSED = "SELECT FROM pg_database WHERE datname LIKE 'rehearse\\_run\\_%' AND NOT datallowconn";

describe('a copy', () => {
  it('for an owner whose rights this role has by SET ROLE only is its own; none is left that nobody knows of', async () => {
    await run("CREATE ROLE boss; CREATE ROLE app LOGIN NOINHERIT CREATEDB PASSWORD 'm'; GRANT boss TO app");
    await run('CREATE DATABASE team TEMPLATE shop OWNER boss IS_TEMPLATE true');
    await run('GRANT SELECT ON orders TO PUBLIC', 'team');
    await marked({ ...connection(), database: 'team' });
    await using home = newHome();
    const ran = await rehearse(home, words(home, 'given', 0, target('team', 'app')), PASSWORD);
    expect([ran.exitCode, only(ran).report.warnings], ran.stdout).toEqual([
      0,
      expect.arrayContaining([
        'the copy of team belongs to the role of the rehearsal, not to boss',
      ]) as unknown,
    ]);
    expect(only(ran).report.warnings.join()).not.toContain('rehearsed in team itself');
    expect(await copies()).toEqual([]);

    const place = { ...connection(), user: 'app', password: 'm', database: 'shop' };
    const name = runDatabaseName();
    await using held = (await HeldName.hold({ place, name, broke: () => undefined }))!;
    await expect(createOwnDatabase(held.session, name, { how: ' OWNER boss' })).rejects.toMatchObject({
      code: 'seed.failed',
      message: expect.stringMatching(/may create it and not say that it is ours: must be owner/) as unknown,
    });
    expect(await held.drop()).toContain(`${name} could not be dropped: must be owner of database ${name}`);
    await run(`DROP DATABASE ${name}`);
    await run('ALTER DATABASE team IS_TEMPLATE false');
    await run('DROP DATABASE team');
  });
});

describe('of its privileges', () => {
  /** In no order. */
  const privileges = async (database: string): Promise<readonly string[] | undefined> => {
    const rows = await run(
      `SELECT datacl::text[] AS acl FROM pg_database WHERE datname = '${database}' AND datacl IS NOT NULL`,
    );
    return rows[0] && (rows[0]['acl'] as string[]).toSorted(); // text[]
  };
  const cloned = async (as: object) => {
    const name = runDatabaseName();
    const place = { ...connection(), database: 'template1', ...as };
    await using held = (await HeldName.hold({ place, name, broke: () => undefined }))!;
    const { kind } = await cloneDatabase(held.session, 'acl', { target: name, tell: () => undefined });
    const acl = await privileges(name);
    expect([kind, await held.drop()]).toEqual(['cloned', undefined]);
    return acl;
  };

  it('a copy has those of its source, also where the owner or everybody has none', async () => {
    await run('CREATE ROLE guest');
    await run('CREATE DATABASE acl OWNER plain');
    expect([await privileges('acl'), await cloned({})]).toEqual([undefined, undefined]);
    await run(
      'REVOKE CREATE ON DATABASE acl FROM plain; GRANT CONNECT ON DATABASE acl TO guest WITH GRANT OPTION',
    );
    const some = await privileges('acl');
    expect(some).toEqual(['=Tc/plain', 'guest=c*/plain', 'plain=Tc/plain']);
    expect(await cloned({})).toEqual(some);
    expect(await cloned({ user: 'plain', password: 'm' })).toEqual(some);
    await run('REVOKE ALL ON DATABASE acl FROM PUBLIC, plain, guest CASCADE');
    expect([await privileges('acl'), await cloned({})]).toEqual([[], []]);
    await run('DROP DATABASE acl');
  });
});

describe('the database of a run', () => {
  it('is in nobody’s way, and its name is held from within, also past a session that is lost', async () => {
    await using home = newHome();
    const running = start(home, 'aside', 8);
    await running.says(/step 1 begins/);
    const [copy] = await copies();
    const holders =
      "SELECT a.pid, a.datname::text AS database FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted";
    const [holder, ...others] = await run(holders);
    expect([holder?.['database'], others]).toEqual([copy, []]);
    await run('CREATE DATABASE meanwhile');
    await run('CREATE DATABASE shop_too TEMPLATE shop');
    await run(`SELECT pg_terminate_backend(${String(holder?.['pid'])})`);
    const again = async () => (await run(holders)).map(({ database }) => database);
    await vi.waitFor(async () => expect(await again()).toEqual([copy]), { timeout: 10_000, interval: 50 });
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode, stdout + stderr).toBe(0);
    expect(await copies()).toEqual([]);
  });

  it('waits for whoever it may not cut off', async () => {
    await using home = newHome();
    const running = start(home, 'watched', 1);
    await running.says(/step 1 begins/);
    const [copy] = await copies();
    const agent = await agentIn(copy!);
    await vi.waitUntil(async () => (await run(IS_CLOSED)).length > 0, { timeout: 60_000, interval: 50 });
    await agent.end();
    const { exitCode, stdout, stderr } = await running.ended;
    expect([exitCode, stderr], stdout).toEqual([0, expect.not.stringContaining('could not be dropped')]);
    expect(await copies()).toEqual([]);
  });

  it('where somebody stays, is closed, and swept when he has left', async () => {
    const place = { ...connection(), user: 'plain', password: 'm', database: 'shop' };
    const name = runDatabaseName();
    await withSession(place, 'seed', async (session) => {
      await createOwnDatabase(session, name);
      await openOwnDatabase(session, name);
    });
    const agent = await agentIn(name);
    const held = (await HeldName.hold({ place, name, broke: () => undefined }))!;
    expect(await held.drop()).toMatch(
      new RegExp(
        `the database ${name} could not be dropped: .*accessed by other users: agent of .*tries again`,
      ),
    );
    await held[Symbol.asyncDispose]();
    expect(await run(IS_CLOSED)).toHaveLength(1);
    const foreign = { connection: place, sslMode: 'disable' } as const;
    const told: string[] = [];
    expect(await sweepDatabases(foreign, { tell: (sentence) => told.push(sentence) })).toEqual([]);
    expect(told).toEqual([expect.stringContaining('somebody works in it: agent')]);
    await agent.end();
    await vi.waitFor(
      async () => expect(await sweepDatabases(foreign)).toEqual([{ name, kind: 'database' }]),
      {
        timeout: 10_000,
        interval: 50,
      },
    );
  });
});

describe('a mark', () => {
  it('is not put on what belongs to the server', async () => {
    const { user, password } = connection();
    for (const database of ['postgres', 'template1']) {
      const marking = await command(['mark', target(database, user), '--confirm', database], {
        environment: { PGPASSWORD: password },
      });
      expect([marking.exitCode, marking.stderr]).toEqual([
        2,
        expect.stringContaining(`expected a database of your own to mark, found ${database}`),
      ]);
    }
  });

  it('that this role can not compare with its server says so; its own does not know its server', async () => {
    await using home = newHome();
    await run('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC', 'shop');
    const blind = await rehearse(home, words(home, 'blind', 0), PASSWORD);
    expect(blind.exitCode).toBe(2);
    expect(blind.stdout.replace(/\s+/g, ' ')).toMatch(
      /can not be compared with its server: .* hint: GRANT EXECUTE ON FUNCTION pg_catalog\.pg_control_system/,
    );
    const marking = await command(['mark', target('shop', 'plain'), '--confirm', 'shop'], PASSWORD);
    expect(marking.stdout).toContain('does not know its server, for this role may not call');
    const ran = await rehearse(home, words(home, 'own', 0), PASSWORD);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
    await run('GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC', 'shop');
    const seeing = await rehearse(home, words(home, 'seeing', 0), PASSWORD);
    expect(seeing.stdout.replace(/\s+/g, ' ')).toContain('the mark on the database does not know its server');
  });
});
