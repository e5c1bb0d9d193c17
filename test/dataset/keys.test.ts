import { describe, expect, it } from 'vitest';

import { resolved, valuesOf } from './sample.js';

const rows = (
  source: ReturnType<typeof resolved>,
  table: string,
  ...names: readonly string[]
): readonly string[] => {
  const lists = names.map((name) => valuesOf(source, table, name));
  return (lists[0] ?? []).map((_, row) => lists.map((list) => list[row]).join(' '));
};

describe('a composite foreign key', () => {
  const PARENT = 'CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));';

  it('in the primary key of the child names rows of the parent', () => {
    const source = resolved({
      sql: `${PARENT} CREATE TABLE c (a int, b int, no int, PRIMARY KEY (a, b, no), FOREIGN KEY (a, b) REFERENCES p);`,
      yaml: 'tables: { p: { rows: 300 }, c: { rows: 900 } }',
    });
    const parents = new Set(rows(source, 'p', 'a', 'b'));
    expect(rows(source, 'c', 'a', 'b').every((key) => parents.has(key))).toBe(true);
    expect(new Set(rows(source, 'c', 'a', 'b', 'no')).size).toBe(900);
  });

  it('that is the primary key of the child takes each parent once', () => {
    const source = resolved({
      sql: `${PARENT} CREATE TABLE c (a int, b int, PRIMARY KEY (a, b), FOREIGN KEY (a, b) REFERENCES p);`,
      yaml: 'tables: { p: { rows: 300 }, c: { rows: 200 } }',
    });
    const parents = new Set(rows(source, 'p', 'a', 'b'));
    const children = rows(source, 'c', 'a', 'b');
    expect(children.every((key) => parents.has(key))).toBe(true);
    expect(new Set(children).size).toBe(200);
  });
});

const TENANTS = `
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE users (tenant_id int REFERENCES tenants, id int, boss int, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, boss) REFERENCES users);
  CREATE TABLE projects (tenant_id int REFERENCES tenants, id int, owner int NOT NULL, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner) REFERENCES users);
  CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL, project int NOT NULL, worker int NOT NULL,
    FOREIGN KEY (tenant_id, project) REFERENCES projects, FOREIGN KEY (tenant_id, worker) REFERENCES users);`;

describe('foreign keys that share a column', () => {
  const source = resolved({
    sql: TENANTS,
    yaml: 'tables: { tenants: { rows: 30 }, users: { rows: 900 }, projects: { rows: 200 }, tasks: { rows: 4_000, scale: fixed } }',
  });
  const users = new Set(rows(source, 'users', 'tenant_id', 'id'));
  const projects = new Set(rows(source, 'projects', 'tenant_id', 'id'));

  it('name rows of one owner', () => {
    expect(rows(source, 'tasks', 'tenant_id', 'worker').every((key) => users.has(key))).toBe(true);
    expect(rows(source, 'tasks', 'tenant_id', 'project').every((key) => projects.has(key))).toBe(true);
    expect(rows(source, 'projects', 'tenant_id', 'owner').every((key) => users.has(key))).toBe(true);
    expect(new Set(valuesOf(source, 'tasks', 'tenant_id')).size).toBe(30);
  });

  it('lead to the table itself within one owner', () => {
    const bosses = valuesOf(source, 'users', 'boss');
    const keys = rows(source, 'users', 'tenant_id', 'boss');
    expect(keys.every((key, row) => bosses[row] === null || users.has(key))).toBe(true);
  });

  it('have one value where it leads to no table', () => {
    const jobs = resolved({
      sql: `CREATE TABLE builds (part int, id int, PRIMARY KEY (part, id)) PARTITION BY LIST (part);
        CREATE TABLE b1 PARTITION OF builds FOR VALUES IN (100, 101);
        CREATE TABLE pipes (part int, id int, PRIMARY KEY (part, id));
        CREATE TABLE jobs (id int PRIMARY KEY, part int, build int, pipe int,
          FOREIGN KEY (part, build) REFERENCES builds, FOREIGN KEY (part, pipe) REFERENCES pipes);`,
    });
    for (const table of ['builds', 'pipes', 'jobs'])
      expect(new Set(valuesOf(jobs, table, 'part'))).toEqual(new Set(['100']));
  });
});

describe('a column that refers to several tables', () => {
  it('agrees with the column that tells which', () => {
    const source = resolved({
      sql: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
        CREATE TABLE n (id int PRIMARY KEY, kind text NOT NULL, subject int NOT NULL);`,
      yaml: `tables:
  a: { rows: 10 }
  b: { rows: 500 }
  n:
    rows: 1000
    references:
      - { column: subject, to: a.id, when: { kind: small }, share: 0.7 }
      - { column: subject, to: b.id, when: { kind: large }, share: 0.3 }`,
    });
    const kinds = valuesOf(source, 'n', 'kind');
    valuesOf(source, 'n', 'subject').forEach((subject, row) => {
      if (kinds[row] === 'small') expect(Number(subject)).toBeLessThan(11);
    });
    expect(kinds.filter((kind) => kind === 'small').length).toBeGreaterThan(640);
  });
});

describe('a fan-out', () => {
  it('gives no parent more than its most', () => {
    const source = resolved({
      sql: 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);',
      yaml: 'tables: { p: { rows: 900 }, c: { per: p, fanout: { mean: 4, max: 6 } } }',
    });
    const counts = new Map<string | null, number>();
    for (const key of valuesOf(source, 'c', 'p')) counts.set(key, (counts.get(key) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(6);
  });

  it('whose most is below its mean is refused', () => {
    const files = {
      sql: 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);',
      yaml: 'tables: { p: { rows: 900 }, c: { per: p, fanout: { mean: 4, max: 3 } } }',
    };
    expect(() => resolved(files)).toThrow('fanout asks for a mean of 4');
  });
});

describe('keys that follow from each other in a circle', () => {
  it('are NULL where one of them may be', () => {
    const source = resolved({
      sql: `CREATE TABLE a (id int PRIMARY KEY, code int UNIQUE); CREATE TABLE b (id int PRIMARY KEY, code int UNIQUE REFERENCES a (code));
        ALTER TABLE a ADD FOREIGN KEY (code) REFERENCES b (code);`,
    });
    expect(valuesOf(source, 'a', 'code').every((value) => value === null)).toBe(true);
    expect(source.notes.join()).toContain('a.code → b.code → a.code');
  });
});

describe('two references to the table of `per`', () => {
  const msg = resolved({
    sql: 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE m (sender int REFERENCES p, recipient int REFERENCES p, PRIMARY KEY (sender, recipient));',
    yaml: 'tables: { p: { rows: 100 }, m: { per: p, fanout: { mean: 3 } } }',
  });

  it('name a parent and somebody else, no pair twice', () => {
    const recipients = valuesOf(msg, 'm', 'recipient');
    const same = valuesOf(msg, 'm', 'sender').filter((sender, row) => sender === recipients[row]);
    expect(same.length).toBeLessThan(30);
    expect(new Set(rows(msg, 'm', 'sender', 'recipient')).size).toBe(300);
  });
});

describe('a unique key of a list and a number', () => {
  it('is held by the number, so that the rows are not as few as the list', () => {
    const { tables } = resolved({
      sql: "CREATE TABLE t (kind text NOT NULL CHECK (kind IN ('a', 'b')), other int NOT NULL, UNIQUE (kind, other))",
    });
    expect(tables[0]?.rows).toBe(1_000);
  });
});
