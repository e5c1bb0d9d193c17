import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { resolved, valuesOf, type Files } from './sample.js';

const SQL = `
  CREATE TABLE parents (id bigint PRIMARY KEY);
  CREATE TABLE children (id bigint PRIMARY KEY, parent_id bigint NOT NULL REFERENCES parents);`;

const drawing = (parents: number, children: number, column: string): Files => ({
  sql: SQL,
  yaml: `tables: { parents: { rows: ${parents}, scale: fixed }, children: { rows: ${children}, scale: fixed, columns: { parent_id: ${column} } } }`,
});

/** Children of each parent, parents without any included. */
function fanOut(files: Files): readonly number[] {
  const dataset = resolved(files);
  const counts = valuesOf(dataset, 'parents', 'id').map(() => 0);
  for (const id of valuesOf(dataset, 'children', 'parent_id')) {
    const index = Number(id) - 1;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe('references drawn by a zipfian distribution', () => {
  const counts = fanOut(drawing(200, 100_000, '{ distribution: { zipfian: 1.2 } }'));

  it('fall on the parents as the theory says', () => {
    const weights = counts.map((_, rank) => (rank + 1) ** -1.2);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const seen = counts.toSorted((one, other) => other - one);
    const chiSquare = weights.reduce((sum, weight, rank) => {
      const expected = (100_000 * weight) / total;
      return sum + ((seen[rank] ?? 0) - expected) ** 2 / expected;
    }, 0);
    // 199 degrees of freedom: 266.4 is exceeded once in a thousand.
    expect(chiSquare).toBeLessThan(266.4);
  });

  it('have their hot parents apart from each other', () => {
    const hottest = counts
      .map((count, index) => ({ count, index }))
      .toSorted((one, other) => other.count - one.count)
      .slice(0, 10)
      .map(({ index }) => index)
      .toSorted((one, other) => one - other);
    const neighbours = hottest.slice(1).filter((index, at) => index - (hottest[at] ?? 0) === 1);
    expect(neighbours.length).toBeLessThan(3);
    expect((hottest.at(-1) ?? 0) - (hottest[0] ?? 0)).toBeGreaterThan(100);
  });
});

describe('other references', () => {
  it('leave out the childless share of the parents', () => {
    const counts = fanOut(drawing(1_000, 50_000, '{ childless: 0.3 }'));
    expect(counts.filter((count) => count === 0)).toHaveLength(300);
  });

  it('reach every parent without a childless share', () => {
    expect(Math.min(...fanOut(drawing(100, 20_000, '{}')))).toBeGreaterThan(100);
  });

  it('of a table to itself go to rows before, and the first row is a root', () => {
    const dataset = resolved({
      sql: 'CREATE TABLE t (id int PRIMARY KEY, parent_id int REFERENCES t)',
      yaml: 'tables: { t: { rows: 500 } }',
    });
    const parents = valuesOf(dataset, 't', 'parent_id');
    expect(parents[0]).toBeNull();
    parents.forEach((parent, row) => {
      if (parent !== null) expect(Number(parent)).toBeLessThan(row + 1);
    });
  });

  it('of a composite foreign key name one row of the parent', () => {
    const dataset = resolved({
      sql: `CREATE TABLE p (a int, b uuid, PRIMARY KEY (a, b));
            CREATE TABLE c (id int PRIMARY KEY, x int, y uuid, FOREIGN KEY (x, y) REFERENCES p (a, b));`,
      yaml: 'tables: { p: { rows: 50 }, c: { rows: 300 } }',
    });
    const parents = new Set(
      valuesOf(dataset, 'p', 'a').map((a, row) => `${a} ${valuesOf(dataset, 'p', 'b')[row]}`),
    );
    const y = valuesOf(dataset, 'c', 'y');
    expect(valuesOf(dataset, 'c', 'x').every((x, row) => parents.has(`${x} ${y[row]}`))).toBe(true);
  });

  it('of a composite key to its own table go to earlier rows of the same owner, with and without its columns', () => {
    const sql = `
      CREATE TABLE tenants (id int PRIMARY KEY);
      CREATE TABLE agents (tenant_id int NOT NULL REFERENCES tenants, no int NOT NULL, boss int,
        PRIMARY KEY (tenant_id, no), FOREIGN KEY (tenant_id, boss) REFERENCES agents);`;
    const yaml = 'tables: { tenants: { rows: 20 }, agents: { rows: 500 } }';
    const rowsOf = (text: string) => {
      const dataset = resolved({ sql: text, yaml });
      return ['tenant_id', 'no', 'boss'].map((name) => valuesOf(dataset, 'agents', name));
    };
    const [tenants = [], numbers = [], bosses = []] = rowsOf(sql);
    const keys = tenants.map((tenant, row) => `${tenant} ${numbers[row]}`);
    bosses.forEach((boss, row) => {
      if (boss !== null) expect(keys.slice(0, row)).toContain(`${tenants[row]} ${boss}`);
    });
    expect(rowsOf(sql.replace('REFERENCES agents', 'REFERENCES agents (tenant_id, no)'))).toEqual(
      rowsOf(sql),
    );
  });

  it('follow keys of any kind through several tables', () => {
    const dataset = resolved({
      sql: `CREATE TABLE users (id uuid PRIMARY KEY);
            CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES users);
            CREATE TABLE pictures (id int PRIMARY KEY, owner uuid NOT NULL REFERENCES profiles);`,
      yaml: 'tables: { users: { rows: 40 }, profiles: { rows: 30 }, pictures: { rows: 200 } }',
    });
    const profiles = new Set(valuesOf(dataset, 'profiles', 'user_id'));
    expect(profiles.size).toBe(30);
    const users = new Set(valuesOf(dataset, 'users', 'id'));
    expect([...profiles].every((user) => users.has(user))).toBe(true);
    expect(valuesOf(dataset, 'pictures', 'owner').every((owner) => profiles.has(owner))).toBe(true);
  });
});

describe('unique values', () => {
  const rows = fc.integer({ min: 1, max: 3_000 });

  it.each([
    ['text', 'email text UNIQUE', ''],
    ['a short text', 'email varchar(6) UNIQUE', ''],
    ['an integer', 'email int UNIQUE', ''],
    ['a uuid', 'email uuid UNIQUE', ''],
    ['a date', 'email date UNIQUE', ''],
    ['a time', 'email timestamptz UNIQUE', ''],
    ['faker', 'email text', 'email: { faker: person.firstName, unique: true }'],
    ['version 7', 'email uuid', 'email: { uuid: v7 }'],
    ['bytes', 'email bytea UNIQUE', ''],
    ['a numeric', 'email numeric(8,2) UNIQUE', ''],
  ])('never repeat: %s', (_, column, entry) => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 1e9 }), (count, seed) => {
        const files = {
          sql: `CREATE TABLE t (id int PRIMARY KEY, ${column})`,
          yaml: `tables: { t: { rows: ${count}, scale: fixed, columns: { ${entry} } } }`,
        };
        expect(new Set(valuesOf(resolved(files, 1, seed), 't', 'email')).size).toBe(count);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['two foreign keys', 'a int REFERENCES p, b int REFERENCES q', 'a, b'],
    ['a foreign key and a number', 'a int REFERENCES p, b int', 'a, b'],
    ['a foreign key and an enum', 'a int REFERENCES p, b e', 'a, b'],
    ['a foreign key and a text', 'a int REFERENCES p, b text', 'a, b'],
    ['a foreign key and a day', 'a int REFERENCES p, b date', 'a, b'],
    ['three columns', 'a int REFERENCES p, b int REFERENCES q, c int', 'a, b, c'],
  ])('never repeat together: %s', (_, columns, key) => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 20, max: 200 }), (p, q) => {
        const dataset = resolved({
          sql: `CREATE TYPE e AS ENUM ('x', 'y', 'z'); CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY);
                CREATE TABLE t (${columns}, UNIQUE (${key}));`,
          yaml: `tables: { p: { rows: ${p} }, q: { rows: ${q} }, t: { rows: ${p * 2}, scale: fixed } }`,
        });
        const names = key.split(', ');
        const lists = names.map((name) => valuesOf(dataset, 't', name));
        const together = new Set(lists[0]?.map((__, row) => lists.map((list) => list[row]).join(' ')));
        expect(together.size).toBe(p * 2);
      }),
      { numRuns: 10 },
    );
  });
});
