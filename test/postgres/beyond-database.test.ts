import { describe, expect, it } from 'vitest';

import { beyondDatabase } from '#rooms/postgres/index.js';

describe('what reaches beyond its database', () => {
  it.each([
    ['CREATE USER app_ro', 'CREATE ROLE'],
    ["ALTER USER app_ro PASSWORD 'x'", 'ALTER ROLE'],
    ['ALTER ROLE man IN DATABASE a SET search_path = nowhere', 'ALTER ROLE'],
    ['ALTER ROLE ALL RESET work_mem', 'ALTER ROLE'],
    ['ALTER GROUP a ADD USER b', 'ALTER ROLE'],
    ['ALTER ROLE a RENAME TO b', 'ALTER ROLE'],
    ['DROP ROLE IF EXISTS a', 'DROP ROLE'],
    ['GRANT a TO b', 'GRANT or REVOKE of a role'],
    ['REVOKE a FROM b', 'GRANT or REVOKE of a role'],
    ['REASSIGN OWNED BY a TO b', 'REASSIGN OWNED'],
    ['DROP OWNED BY a', 'DROP OWNED'],
    ['CREATE DATABASE a', 'CREATE DATABASE'],
    ['DROP DATABASE a', 'DROP DATABASE'],
    ["ALTER DATABASE a SET work_mem = '64kB'", 'ALTER DATABASE'],
    ['ALTER DATABASE a CONNECTION LIMIT 3', 'ALTER DATABASE'],
    ['ALTER DATABASE a RENAME TO b', 'ALTER DATABASE'],
    ['ALTER DATABASE a OWNER TO b', 'ALTER DATABASE'],
    ['ALTER DATABASE a REFRESH COLLATION VERSION', 'ALTER DATABASE'],
    ['ALTER SYSTEM SET work_mem = 1000', 'ALTER SYSTEM'],
    ["CREATE TABLESPACE a LOCATION '/a'", 'CREATE TABLESPACE'],
    ['ALTER TABLESPACE a SET (seq_page_cost = 1)', 'ALTER TABLESPACE'],
    ['DROP TABLESPACE a', 'DROP TABLESPACE'],
    ["COMMENT ON DATABASE a IS 'x'", 'COMMENT ON DATABASE'],
    ["SECURITY LABEL ON ROLE a IS 'x'", 'SECURITY LABEL ON ROLE'],
    ['GRANT CONNECT ON DATABASE a TO b', 'GRANT or REVOKE ON DATABASE'],
    ['GRANT SET ON PARAMETER work_mem TO b', 'GRANT or REVOKE ON PARAMETER'],
    ["CREATE SUBSCRIPTION s CONNECTION 'host=a' PUBLICATION p", 'CREATE SUBSCRIPTION'],
    ['DO $$ BEGIN create  ROLE a; EXCEPTION WHEN OTHERS THEN NULL; END $$', 'CREATE ROLE'],
    ["DO $$ BEGIN EXECUTE format('GRANT %I TO %I', 'a', 'b'); END $$", 'GRANT or REVOKE of a role'],
    [
      "DO $$ BEGIN EXECUTE 'grant create on database ' || current_database() || ' TO b'; END $$",
      'GRANT or REVOKE ON DATABASE',
    ],
    ['DO $$ BEGIN DROP OWNED BY a; END $$', 'DROP OWNED'],
    ["COPY t TO '/tmp/t.csv'", 'COPY … TO a file of the server'],
    ["COPY (SELECT 1) TO PROGRAM 'gzip > /tmp/t'", 'COPY … PROGRAM'],
    ["COPY t FROM PROGRAM 'curl example.test'", 'COPY … PROGRAM'],
    ["DO $$ BEGIN EXECUTE 'COPY t TO ''/tmp/t.csv'''; END $$", 'COPY … TO a file of the server'],
    ["DO $$ BEGIN COPY t FROM PROGRAM 'true'; END $$", 'COPY … PROGRAM'],
  ])('%s', (sql, command) => {
    expect(beyondDatabase(sql)).toEqual([command]);
  });

  it.each([
    'ALTER TABLE t ADD COLUMN n int; CREATE INDEX ON t (n)',
    'ALTER TABLE t OWNER TO b; ALTER TABLE t SET TABLESPACE fast',
    'GRANT SELECT ON t TO b; REVOKE ALL ON SCHEMA s FROM PUBLIC',
    "COMMENT ON TABLE t IS 'CREATE ROLE'",
    'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO b',
    'CREATE USER MAPPING FOR a SERVER s',
    'SET ROLE a; RESET ROLE',
    "DO $$ BEGIN GRANT SELECT ON t TO b; RAISE NOTICE 'grant a to b, create role'; END $$",
    'DO $$ BEGIN /* create role a */ CREATE USER MAPPING FOR a SERVER s; -- drop owned\n END $$',
    "INSERT INTO t VALUES ('CREATE ROLE a')",
    "COPY t FROM '/tmp/t.csv'; COPY t FROM STDIN; COPY t TO STDOUT",
    'not SQL',
    '',
  ])('not: %s', (sql) => {
    expect(beyondDatabase(sql)).toEqual([]);
  });
});
