import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { columnSampler } from '#rooms/dataset/index.js';
import type { ConnectionSettings, Instance } from '#rooms/target/index.js';

import { datasetOf, newDatabase, rowsOf, seeded } from './seeded.js';
import { homeAt, removeDirectory, startedInstance, temporaryDirectory } from './server.js';

let directory: string;
let instance: Instance;
let server: ConnectionSettings;

beforeAll(async () => {
  directory = temporaryDirectory();
  const started = await startedInstance(await homeAt(directory));
  instance = started.instance;
  server = started.server.connection;
});

afterAll(async () => {
  await instance.close();
  removeDirectory(directory);
});

const KEYS = `
CREATE TABLE tenants (id bigint PRIMARY KEY, name text);
CREATE TABLE users (tenant_id bigint NOT NULL REFERENCES tenants, id bigint NOT NULL, manager_id bigint,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, manager_id) REFERENCES users (tenant_id, id));
CREATE TABLE projects (tenant_id bigint NOT NULL REFERENCES tenants, id bigint NOT NULL, owner_id bigint NOT NULL, name text,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name), FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, id));
CREATE TABLE tasks (tenant_id bigint NOT NULL, id bigint NOT NULL, project_id bigint NOT NULL, assignee_id bigint,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, project_id) REFERENCES projects, FOREIGN KEY (tenant_id, assignee_id) REFERENCES users);
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE lines (a int, b int, no int, PRIMARY KEY (a, b, no), FOREIGN KEY (a, b) REFERENCES p);
CREATE TABLE one (a int, b int, PRIMARY KEY (a, b), FOREIGN KEY (a, b) REFERENCES p);
CREATE TABLE builds (part bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (part, id)) PARTITION BY LIST (part);
CREATE TABLE builds_100 PARTITION OF builds FOR VALUES IN (100, 101);
CREATE TABLE pipes (part bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (part, id));
CREATE TABLE jobs (id bigint PRIMARY KEY, part bigint NOT NULL, build_id bigint NOT NULL, pipe_id bigint,
  FOREIGN KEY (part, build_id) REFERENCES builds, FOREIGN KEY (part, pipe_id) REFERENCES pipes);
CREATE TABLE links (a bigint NOT NULL REFERENCES tenants, b bigint NOT NULL REFERENCES tenants, PRIMARY KEY (a, b), CHECK (a < b));
CREATE TABLE slots (room int NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&));
CREATE TABLE aa (id int PRIMARY KEY, b_id int NOT NULL);
CREATE TABLE bb (id int PRIMARY KEY, a_id int NOT NULL REFERENCES aa);
ALTER TABLE aa ADD FOREIGN KEY (b_id) REFERENCES bb;`;

/** Column and type; a value of each goes through the binary format and back. */
const TYPES: readonly (readonly [name: string, type: string])[] = [
  ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange', 'floats'].map(
    (type) => [`r_${type}`, type] as const,
  ),
  ...['int4multirange', 'tstzmultirange'].map((type) => [`m_${type}`, type] as const),
  ...['timetz', 'money', 'bit(12)', 'varbit', 'macaddr', 'macaddr8', 'inet', 'cidr', 'xml'].map(
    (type, index) => [`s_${index}`, type] as const,
  ),
  ...['tsvector', 'tsquery', 'point', 'lseg', 'line', 'box', 'path', 'polygon', 'circle'].map(
    (type, index) => [`g_${index}`, type] as const,
  ),
  ...['"char"', 'name', 'oid', 'xid', 'xid8', 'pg_lsn', 'jsonpath'].map(
    (type, index) => [`o_${index}`, type] as const,
  ),
  ...['mood[]', 'tstzrange[]', 'point[]', 'inet[]', 'money[]', 'bit(3)[]', 'positive[]'].map(
    (type, index) => [`a_${index}`, type] as const,
  ),
  ['address', 'address'],
  ['digits', 'digits'],
];

describe('foreign keys of several columns', () => {
  it('hold on the server: in a primary key, sharing a column, of a table to itself', async () => {
    const settings = await newDatabase(server, 'keys');
    const dataset = datasetOf({
      sql: KEYS,
      yaml: `tables:
  tenants: { rows: 50 }
  users: { rows: 3_000, scale: fixed }
  projects: { rows: 700 }
  tasks: { rows: 8_000, scale: fixed, columns: { tenant_id: { distribution: zipfian } } }
  p: { rows: 300 }
  lines: { per: p, fanout: { mean: 4, max: 6 } }
  one: { rows: 200 }`,
    });
    const { rows } = await seeded({ settings, dataset });
    expect(rows).toBeGreaterThan(0);
    const [counts] = await rowsOf(
      settings,
      `SELECT (SELECT count(*)::int FROM tasks) AS tasks, (SELECT count(*)::int FROM one) AS one,
              (SELECT max(n)::int FROM (SELECT count(*) AS n FROM lines GROUP BY a, b) x) AS most`,
    );
    expect(counts).toMatchObject({ tasks: 8_000, one: 200 });
    expect(Number(counts?.['most'])).toBeLessThanOrEqual(6);
  });
});

describe('types of every kind', () => {
  it('are read by PostgreSQL as the text that the sampler gives', async () => {
    const settings = await newDatabase(server, 'kinds');
    const dataset = datasetOf({
      sql: `CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TYPE address AS (street text, no int, at timestamptz, price numeric(8,2), span int4range);
        CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE DOMAIN digits AS text CHECK (VALUE ~ '^\\d{5}$');
        CREATE TABLE t (id int PRIMARY KEY, ${TYPES.map(([name, type]) => `${name} ${type}`).join(', ')});`,
      yaml: `tables: { t: { rows: 200, columns: { s_6: { values: ["2001:db8::1", "::1", 10.0.0.1, "fe80::/64"] } } } }`,
    });
    await seeded({ settings, dataset });
    const names = TYPES.map(([name]) => name);
    const rows = await rowsOf(
      settings,
      `SET timezone = 'UTC'; SELECT ${names.map((name) => `${name}::text`).join(', ')} FROM t ORDER BY id`,
    );
    expect(rows).toHaveLength(200);
    for (const column of dataset.tables[0]?.columns.filter(({ name }) => name !== 'id') ?? []) {
      const value = columnSampler(column);
      expect(
        rows.map((row) => row[column.name]),
        column.name,
      ).toEqual(Array.from({ length: 200 }, (_, row) => value(row)));
    }
  });
});
