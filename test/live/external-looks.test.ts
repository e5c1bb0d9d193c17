import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { sharedChanges, sharedFacts, unreadable } from '#rooms/observer/index.js';
import { lookAround, withSession } from '#rooms/target/index.js';
import { perSecond } from '#rooms/units.js';
import { ledger } from './ledger.js';
import { marked } from './marked.js';
import { command, newHome, only, rehearse, ROOT } from './rehearsal.js';
import { sharedServer } from './shared-server.js';

/* How a database is looked at before anybody knows whether it may be rehearsed on. */

const server = sharedServer("CREATE ROLE poor LOGIN PASSWORD 'm'");

const on = async (database: string, sql: string) =>
  (await withSession({ ...server.connection(), database }, 'audit', (session) => session.query(sql))).rows;

const traffic = {
  connections: 2,
  rate: '50/s',
  transactions: { read: { query: 'SELECT note FROM accounts WHERE id = 1' } },
};

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

  it('whose name is longer than the server takes it is refused, for it would be another one', async () => {
    await using home = newHome();
    const { user, password } = server.connection();
    const name = `rehearsal_${'x'.repeat(53)}`;
    await server.run(`CREATE DATABASE ${name}`);
    const longer = server.target(`${name}yy`, user);
    const path = ledger(home.files, { migration: { sql: 'SELECT 1' }, more: { dataset: 'existing' } });
    const dataset = join(home.files, 'small.yaml');
    writeFileSync(dataset, JSON.stringify({ schema: './small.sql', tables: { t: { rows: 1 } } }));
    writeFileSync(join(home.files, 'small.sql'), 'CREATE TABLE t (id int PRIMARY KEY)');
    for (const words of [
      ['mark', longer, '--confirm', `${name}yy`],
      ['run', path, '--target', longer],
      ['dataset', 'load', dataset, '--database', longer],
    ]) {
      const ended = await command(words, { home, environment: { PGPASSWORD: password } });
      expect([ended.exitCode, inOneLine(ended.stdout + ended.stderr)], words.join(' ')).toEqual([
        2,
        expect.stringContaining('expected a name of at most 63 bytes, found one of 65: the server cuts it'),
      ]);
    }
    expect(await server.run("SELECT datname FROM pg_database WHERE datname LIKE 'rehears%'")).toHaveLength(1);
  });

  it('that cleanup can not look into is told, and why: exit code 3', async () => {
    await using home = newHome();
    const { user, password } = server.connection();
    const cleanup = async (database: string, word: string) => {
      const words = ['cleanup', '--target', server.target(database, user)];
      const { exitCode, stdout, stderr } = await command(words, { home, environment: { PGPASSWORD: word } });
      expect(exitCode).toBe(3);
      return inOneLine(stdout + stderr);
    };
    expect(await cleanup('nosuch', password)).toMatch(
      /not removed database nosuch could not be looked into.* database "nosuch" does not exist/,
    );
    expect(await cleanup('nosuch', 'wrong')).toMatch(
      /no connection to any of postgres, nosuch, template1 can be opened: .*password authentication failed for user/,
    );
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

/** What each of them changes of what belongs to the whole server; undone in the opposite order. */
const SHARED = [
  ['CREATE ROLE reader', 'DROP ROLE reader', ['role reader was created']],
  [
    'ALTER ROLE old CREATEDB',
    'ALTER ROLE old NOCREATEDB',
    ['role old: attributes changed from none to CREATEDB'],
  ],
  ["ALTER ROLE old PASSWORD 'sesame'", 'ALTER ROLE old PASSWORD NULL', ['role old: password added']],
  ['GRANT old TO poor', 'REVOKE old FROM poor', ['role poor: membership in old added']],
  [
    "ALTER ROLE poor SET app.secret = 'sesame'",
    'ALTER ROLE poor RESET ALL',
    ['role poor: setting app.secret added'],
  ],
  ["ALTER ROLE ALL SET work_mem = '64kB'", 'ALTER ROLE ALL RESET ALL', ['all roles: setting work_mem added']],
  [
    "ALTER DATABASE team SET work_mem = '64kB'",
    'ALTER DATABASE team RESET ALL',
    ['database team: setting work_mem added'],
  ],
  [
    "ALTER ROLE old IN DATABASE team SET work_mem = '64kB'",
    'ALTER ROLE old IN DATABASE team RESET ALL',
    ['role old: setting work_mem in database team added'],
  ],
  [
    'ALTER DATABASE team OWNER TO poor',
    'ALTER DATABASE team OWNER TO old',
    ['database team: owner changed from old to poor'],
  ],
  [
    'GRANT CREATE ON DATABASE team TO poor',
    'REVOKE CREATE ON DATABASE team FROM poor',
    ['database team: privileges changed'],
  ],
  [
    "COMMENT ON DATABASE team IS 'sesame'",
    'COMMENT ON DATABASE team IS NULL',
    ['database team: comment changed'],
  ],
  [
    'ALTER TABLESPACE pg_default OWNER TO old',
    'ALTER TABLESPACE pg_default OWNER TO CURRENT_USER',
    ['tablespace pg_default: owner changed'],
  ],
  [
    "ALTER SYSTEM SET work_mem = '64kB'",
    'ALTER SYSTEM RESET work_mem',
    ['the server: setting work_mem of ALTER SYSTEM added'],
  ],
  [
    "SELECT pg_create_physical_replication_slot('dr')",
    "SELECT pg_drop_replication_slot('dr')",
    ['replication slot dr was created'],
  ],
  ['CREATE DATABASE rehearse_run_0123456789ab', 'DROP DATABASE rehearse_run_0123456789ab', []],
] as const;

describe('what belongs to the whole server', () => {
  it('is compared: roles, other databases, tablespaces, configuration, slots; not what is the harness’s own', async () => {
    await server.run('CREATE ROLE old');
    await server.run('CREATE DATABASE team OWNER old');
    const look = () => withSession(server.connection(), 'audit', sharedFacts);
    expect(unreadable(await look())).toEqual([]);
    for (const [change, undo, said] of SHARED) {
      const before = await look();
      await server.run(change);
      const changes = sharedChanges(before, await look());
      expect(changes, change).toEqual(said.map((one) => expect.stringContaining(one) as unknown));
      expect(changes.join()).not.toContain('sesame');
      await server.run(undo);
      // What was NULL are the defaults now, written out.
      const rest = change.startsWith('GRANT CREATE') ? ['database team: privileges changed'] : [];
      expect(sharedChanges(before, await look()), undo).toEqual(rest);
    }
    await server.run('DROP DATABASE team');
    await server.run('DROP ROLE old');
  });

  it('is not changed by a migration, unless somebody tolerates it; what nobody can know before is told afterwards', async () => {
    await using home = newHome();
    await server.run('CREATE DATABASE cluster_db');
    await on(
      'cluster_db',
      "CREATE FUNCTION hidden() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE ROLE hidden; END'",
    );
    const accounts = 'CREATE TABLE accounts (id int PRIMARY KEY, note text)';
    await on('cluster_db', `${accounts}; INSERT INTO accounts SELECT n FROM generate_series(1, 100) AS n`);
    await marked({ ...server.connection(), database: 'cluster_db' });
    const sql = 'CREATE ROLE seen;\nSELECT hidden();\nALTER TABLE accounts ADD COLUMN extra int';
    const path = ledger(home.files, {
      migration: { sql },
      more: { dataset: 'existing', databases: ['cluster_db'], traffic },
    });
    const { user, password } = server.connection();
    const words = [path, '--target', server.target('cluster_db', user)];
    const environment = { PGPASSWORD: password };
    const roles = async () =>
      (await server.run("SELECT rolname::text AS name FROM pg_roles WHERE rolname IN ('seen', 'hidden')"))
        .length;
    const refused = await rehearse(home, words, { environment });
    expect([refused.exitCode, refused.reports, await roles()]).toEqual([2, [], 0]);
    expect(inOneLine(refused.stderr)).toMatch(
      /reaches beyond its database, .*: CREATE ROLE \(.*:\d+\).*--tolerate cluster/,
    );
    const ran = await rehearse(home, [...words, '--tolerate', 'cluster'], { environment });
    expect([ran.exitCode, await roles()], ran.stdout).toEqual([0, 2]);
    const { warnings, leftovers, judgement } = only(ran).report;
    const changes = ['role seen was created', 'role hidden was created'];
    expect(warnings).toContainEqual(expect.stringContaining('(--tolerate cluster): CREATE ROLE'));
    expect(warnings.filter((one) => one.startsWith('while the run went on, on the whole server'))).toEqual([
      expect.stringMatching(/: role (?:seen|hidden) was created; role (?:seen|hidden) was created$/),
    ]);
    expect(leftovers.map(({ kind, name }) => [kind, name]).toSorted()).toEqual(
      changes.map((change) => ['cluster-change', change]).toSorted(),
    );
    expect(judgement?.findings.filter(({ id }) => id === 'leftover').map(({ severity }) => severity)).toEqual(
      ['warning'],
    );
    expect(inOneLine(ran.stdout)).toContain('role hidden was created');
    await server.run('DROP ROLE seen; DROP ROLE hidden');
    await server.run('DROP DATABASE cluster_db');
  });

  it('is no rehearsal where a tool works elsewhere by a configuration of its own; what it changed in the named one is told', async () => {
    await using home = newHome();
    await server.run('CREATE DATABASE own_db');
    await on(
      'own_db',
      'CREATE TABLE accounts AS SELECT n AS id, n::text AS note FROM generate_series(1, 100) n',
    );
    await marked({ ...server.connection(), database: 'own_db' });
    const { host, port, user, password } = server.connection();
    const tool = join(home.files, 'tool.mjs');
    writeFileSync(
      tool,
      `import pg from ${JSON.stringify(join(ROOT, 'node_modules', 'pg', 'esm', 'index.mjs'))};
       const client = new pg.Client(${JSON.stringify({ host, port, user, password, database: 'own_db' })});
       await client.connect();
       await client.query('ALTER TABLE accounts ADD COLUMN oops int');
       await client.end();`,
    );
    const path = ledger(home.files, {
      migration: [{ command: 'true', connects: false }, { command: `node ${tool}` }],
      more: { dataset: 'existing', databases: ['own_db'], traffic },
    });
    const ran = await rehearse(home, [path, '--target', server.target('own_db', user)], {
      environment: { PGPASSWORD: password },
    });
    expect(ran.exitCode, ran.stdout).toBe(96);
    const { judgement, leftovers, warnings } = only(ran).report;
    expect(judgement?.verdict.reasons.filter((reason) => reason.includes('never connected'))).toEqual([
      expect.stringContaining("step 2 of the migration never connected to the run's database"),
    ]);
    expect(leftovers).toContainEqual({
      kind: 'cluster-change',
      name: 'database own_db: column oops of accounts added',
      relation: '',
    });
    expect(warnings.join()).toContain('database own_db: column oops of accounts added');
    await server.run('DROP DATABASE own_db');
  });
});
