import { describe, expect, it } from 'vitest';

import { withoutPsqlLines } from '#rooms/dataset/schema/psql.js';
import { readSchema } from '#rooms/dataset/schema/read.js';
import { restrictionsOf } from '#rooms/dataset/schema/restriction.js';
import type { SchemaTable } from '#rooms/dataset/schema/schema.js';
import { splitStatements } from '#rooms/postgres/index.js';

function tables(sql: string): readonly SchemaTable[] {
  const parsed = splitStatements(sql);
  if (!parsed.ok) throw new Error(parsed.mistake.message);
  return readSchema(sql, parsed.statements).tables;
}

const namesOf = (table: SchemaTable | undefined): readonly string[] | undefined =>
  table?.columns.map(({ name }) => name);

describe('a table that was renamed or moved', () => {
  it('is found by the foreign keys that referred to it before and refer to it after', () => {
    const [a, b, c] = tables(`
      CREATE TABLE b (id int PRIMARY KEY, up int REFERENCES a);
      CREATE TABLE users (id int PRIMARY KEY);
      ALTER TABLE b ADD FOREIGN KEY (id) REFERENCES users;
      ALTER TABLE users RENAME TO accounts;
      ALTER TABLE accounts SET SCHEMA app;
      CREATE TABLE c (id int REFERENCES app.accounts);`).toSorted((one, other) =>
      one.display < other.display ? -1 : 1,
    );
    expect(a?.display).toBe('app.accounts');
    expect(b?.foreignKeys.map(({ target }) => target)).toEqual(['a', 'app.accounts']);
    expect(c?.foreignKeys.map(({ target }) => target)).toEqual(['app.accounts']);
  });
});

describe('a column that was renamed', () => {
  const [parent, child] = tables(`
    CREATE TABLE p (a int PRIMARY KEY CHECK (a > 3), b int UNIQUE);
    CREATE TABLE c (x int REFERENCES p (a));
    ALTER TABLE p RENAME a TO id;`);

  it('has its new name in keys, checks and foreign keys', () => {
    expect(parent?.primaryKey).toEqual(['id']);
    expect(parent?.uniques.map(({ columns }) => columns)).toEqual([['id'], ['b']]);
    expect(parent?.checks.flatMap(restrictionsOf)).toMatchObject([{ kind: 'min', column: 'id' }]);
    expect(child?.foreignKeys[0]?.targetColumns).toEqual(['id']);
  });
});

describe('a foreign key without columns', () => {
  const [owner, member] = tables(`
    CREATE TABLE o (a int, b int, PRIMARY KEY (a, b));
    CREATE TABLE m (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES o, FOREIGN KEY (a, c) REFERENCES m);
    ALTER TABLE m ADD PRIMARY KEY (a, b);
    ALTER TABLE o RENAME b TO no;`);

  it('means the primary key of its target, whenever that is made or renamed', () => {
    expect(owner?.primaryKey).toEqual(['a', 'no']);
    expect(member?.foreignKeys.map(({ targetColumns }) => targetColumns)).toEqual([
      ['a', 'no'],
      ['a', 'b'],
    ]);
  });
});

describe('what was altered', () => {
  it('has its last type, and no constraint that was dropped', () => {
    const [table] = tables(`
      CREATE TABLE t (id int, a text, b int UNIQUE, CHECK (b > 7), CONSTRAINT a_long CHECK (length(a) > 5));
      ALTER TABLE t ALTER a TYPE integer USING a::integer;
      ALTER TABLE t DROP CONSTRAINT t_b_check, DROP CONSTRAINT t_b_key, DROP CONSTRAINT a_long;
      ALTER TABLE t ADD COLUMN IF NOT EXISTS id bigint;
      CREATE UNIQUE INDEX gone ON t (id); DROP INDEX gone;`);
    expect(namesOf(table)).toEqual(['id', 'a', 'b']);
    expect(table?.columns[1]?.type).toEqual({ kind: 'known', type: { kind: 'int4' } });
    expect([table?.checks, table?.uniques]).toEqual([[], []]);
  });

  it('is a type by its new name', () => {
    const [table] = tables(
      `CREATE TYPE a AS ENUM ('x'); ALTER TYPE a RENAME TO b; CREATE TABLE t (c b NOT NULL);`,
    );
    expect(table?.columns[0]?.type.kind).toBe('known');
  });
});

describe('a domain', () => {
  it('asks what those ask of which it is made, and what is asked of it later', () => {
    const [table] = tables(`
      CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE DOMAIN small AS positive NOT NULL CHECK (VALUE < 100);
      CREATE DOMAIN smaller AS small;
      CREATE TABLE t (a smaller, b positive);
      ALTER DOMAIN positive ADD CONSTRAINT odd CHECK (VALUE <> 5) NOT VALID;`);
    expect(table?.columns.map(({ notNull }) => notNull)).toEqual([true, false]);
    expect(table?.checks.map(({ domainColumn }) => domainColumn)).toEqual(['a', 'a', 'a', 'b', 'b']);
  });
});

describe('a table that inherits', () => {
  it('has a column of one name once, and the checks of its parents', () => {
    const [, child] = tables(
      'CREATE TABLE a (id int, n int CHECK (n > 0)); CREATE TABLE b (id int NOT NULL, x int) INHERITS (a);',
    );
    expect(namesOf(child)).toEqual(['id', 'n', 'x']);
    expect(child?.columns[0]?.notNull).toBe(true);
    expect(child?.checks.length).toBe(1);
  });
});

describe('an operator with a schema, as pg_dump writes it', () => {
  it('is read like one without', () => {
    const [table] = tables(
      `CREATE TABLE t (a citext CHECK (a OPERATOR(public.~) '^[a-z]+$'::public.citext))`,
    );
    expect(table?.checks.flatMap(restrictionsOf)).toEqual([
      { kind: 'pattern', column: 'a', pattern: '^[a-z]+$' },
    ]);
  });
});

describe('rows in a dump', () => {
  it('are passed over, and what follows keeps its line', () => {
    const dump =
      "CREATE TABLE t (a int);\nCOPY public.t (a) FROM stdin;\n1\n\\N\n\\.\n\nCOPY u FROM stdin;\n\\.\nSELECT ';'";
    expect(withoutPsqlLines(dump)).toBe("CREATE TABLE t (a int);\n\n\n\n\n\n\n\nSELECT ';'");
  });
});
