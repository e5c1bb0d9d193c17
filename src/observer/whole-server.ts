import type { Leftover, SchemaFact } from '../result/index.ts';
import { numberOf, OWN_NAMES, sqlStateOf, textOf, type Row, type Session } from '../target/index.ts';

/*
 * What belongs to all databases of a server: whatever a migration does to it outlives the run's database. Values of settings, which may be secrets, are compared and
 * never told.
 */

/** What is said of a role, a database, a tablespace, a slot or the server. */
export interface SharedFact {
  /** Stays the same when it gets another name. */
  readonly object: string;
  readonly name: string;
  /** Empty: that it exists. */
  readonly aspect: string;
  readonly value: string;
  /** The value for people; empty where it is not told. */
  readonly shown: string;
}

/** By section, as far as this role may read them. */
export type SharedFacts = ReadonlyMap<string, readonly SharedFact[]>;

interface Section {
  /** Of the catalog. */
  readonly view: string;
  readonly sql: string;
  readonly since?: number;
}

/** By oids, which a new name does not change. `acl`: a column; NULL where nobody ever changed them. */
const privileges = (acl: string): string => `coalesce((
    SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.grantor, a.grantee, a.privilege_type, a.is_grantable), ', ' ORDER BY a.grantor, a.grantee, a.privilege_type)
    FROM pg_catalog.aclexplode(${acl}) a), CASE WHEN ${acl} IS NULL THEN 'default' ELSE '' END)`;

/** Cost: catalogs of the whole server, each read once; a row of configuration each for ALTER SYSTEM. 14–18, where `since` says nothing else. */
const SECTIONS: Readonly<Record<string, Section>> = {
  roles: {
    view: 'pg_roles',
    sql: `
SELECT 'role ' || r.oid AS object, 'role ' || r.rolname AS name, f.aspect, f.value, f.shown
FROM pg_catalog.pg_roles r
CROSS JOIN LATERAL (SELECT pg_catalog.concat_ws(', ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcanlogin THEN 'LOGIN' END,
  CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
  CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END) AS list) attributes
CROSS JOIN LATERAL (VALUES ('', '', ''), ('attributes', attributes.list, coalesce(nullif(attributes.list, ''), 'none')),
  ('connection limit', r.rolconnlimit::text, r.rolconnlimit::text),
  ('end of validity', coalesce(extract(epoch FROM r.rolvaliduntil)::text, ''), ''),
  ('comment', coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), ''), '')) f (aspect, value, shown)`,
  },
  passwords: {
    view: 'pg_authid',
    sql: `
SELECT 'role ' || r.oid AS object, 'role ' || r.rolname AS name, 'password' AS aspect, pg_catalog.hashtextextended(r.rolpassword, 0)::text AS value, '' AS shown
FROM pg_catalog.pg_authid r WHERE r.rolpassword IS NOT NULL`,
  },
  memberships: {
    view: 'pg_auth_members',
    sql: `
SELECT 'role ' || m.member AS object, 'role ' || pg_catalog.pg_get_userbyid(m.member) AS name,
  'membership in ' || pg_catalog.pg_get_userbyid(m.roleid) AS aspect,
  pg_catalog.string_agg((pg_catalog.to_jsonb(m) - 'oid')::text, ', ' ORDER BY m.grantor) AS value, '' AS shown
FROM pg_catalog.pg_auth_members m GROUP BY m.member, m.roleid`,
  },
  settings: {
    view: 'pg_db_role_setting',
    sql: `
SELECT CASE WHEN s.setrole <> 0 THEN 'role ' || s.setrole WHEN s.setdatabase <> 0 THEN 'database ' || s.setdatabase ELSE 'all roles' END AS object,
  CASE WHEN s.setrole <> 0 THEN 'role ' || pg_catalog.pg_get_userbyid(s.setrole) WHEN s.setdatabase <> 0 THEN 'database ' || d.datname ELSE 'all roles' END AS name,
  'setting ' || pg_catalog.split_part(c.setting, '=', 1) || CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN ' in database ' || d.datname ELSE '' END AS aspect,
  c.setting AS value, '' AS shown
FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c (setting)
WHERE s.setdatabase = 0 OR d.datname !~ '${OWN_NAMES}'`,
  },
  databases: {
    view: 'pg_database',
    sql: `
SELECT 'database ' || d.oid AS object, 'database ' || d.datname AS name, f.aspect, f.value, f.shown
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
CROSS JOIN LATERAL (VALUES ('', '', ''), ('owner', d.datdba::text, pg_catalog.pg_get_userbyid(d.datdba)::text), ('tablespace', t.oid::text, t.spcname::text),
  ('connection limit', d.datconnlimit::text, d.datconnlimit::text), ('ALLOW_CONNECTIONS', d.datallowconn::text, d.datallowconn::text),
  ('IS_TEMPLATE', d.datistemplate::text, d.datistemplate::text), ('privileges', ${privileges('d.datacl')}, ''),
  ('comment', coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), ''), '')) f (aspect, value, shown)
WHERE d.datname !~ '${OWN_NAMES}'`,
  },
  tablespaces: {
    view: 'pg_tablespace',
    sql: `
SELECT 'tablespace ' || t.oid AS object, 'tablespace ' || t.spcname AS name, f.aspect, f.value, f.shown
FROM pg_catalog.pg_tablespace t
CROSS JOIN LATERAL (VALUES ('', '', ''), ('owner', t.spcowner::text, pg_catalog.pg_get_userbyid(t.spcowner)::text), ('privileges', ${privileges('t.spcacl')}, ''),
  ('settings', coalesce(pg_catalog.array_to_string(t.spcoptions, ', '), ''), ''),
  ('comment', coalesce(pg_catalog.shobj_description(t.oid, 'pg_tablespace'), ''), '')) f (aspect, value, shown)`,
  },
  parameters: {
    view: 'pg_parameter_acl',
    since: 150_000,
    sql: `
SELECT 'server' AS object, 'the server' AS name, 'privileges on the parameter ' || p.parname AS aspect, ${privileges('p.paracl')} AS value, '' AS shown
FROM pg_catalog.pg_parameter_acl p`,
  },
  configuration: {
    view: 'pg_file_settings',
    sql: `
SELECT 'server' AS object, 'the server' AS name, 'setting ' || s.name || ' of ALTER SYSTEM' AS aspect,
  pg_catalog.string_agg(coalesce(s.setting, ''), ', ' ORDER BY s.seqno) AS value, '' AS shown
FROM pg_catalog.pg_file_settings s WHERE s.sourcefile LIKE '%postgresql.auto.conf' AND s.name IS NOT NULL GROUP BY s.name`,
  },
  slots: {
    view: 'pg_replication_slots',
    sql: `
SELECT 'slot ' || s.slot_name AS object, 'replication slot ' || s.slot_name AS name, '' AS aspect, '' AS value, '' AS shown
FROM pg_catalog.pg_replication_slots s WHERE NOT s.temporary`,
  },
};

/** Cost: none. 14–18. */
const VERSION = "SELECT pg_catalog.current_setting('server_version_num') AS number";

export async function sharedFacts(session: Session): Promise<SharedFacts> {
  const version = numberOf((await session.query(VERSION)).rows[0] ?? {}, 'number');
  const facts = new Map<string, readonly SharedFact[]>();
  for (const [section, { sql, since = 0 }] of Object.entries(SECTIONS)) {
    const rows = version < since ? [] : await readable(session, sql);
    if (rows !== undefined) facts.set(section, rows.map(factOf));
  }
  return facts;
}

/** Beside it the schema of a database that a run shall leave alone, as `schemaFacts` tells it. */
export function withSchema(facts: SharedFacts, database: string, schema: readonly SchemaFact[]): SharedFacts {
  const name = `database ${database}`;
  const own = schema.map(({ kind, relation, name: object, definition }) => ({
    object: `schema of ${name}`,
    name,
    aspect: `${kind} ${relation === '' ? object : `${object} of ${relation}`}`,
    value: definition,
    shown: '',
  }));
  return new Map([...facts, [SCHEMA, own]]);
}

const SCHEMA = 'schema';

/** The same but for one database, by its name. */
export function withoutDatabase(facts: SharedFacts, database: string): SharedFacts {
  const name = `database ${database}`;
  return new Map([...facts].map(([section, list]) => [section, list.filter((fact) => fact.name !== name)]));
}

/** What this role may not read of it, a sentence. */
export function unreadable(facts: SharedFacts): readonly string[] {
  const missing = Object.entries(SECTIONS).filter(([section]) => !facts.has(section));
  if (missing.length === 0) return [];
  const names = missing.map(([section, { view }]) => `${section} (${view})`);
  return [`what changes on the whole server is compared but for ${names.join(', ')}, which may not be read`];
}

const factOf = (row: Row): SharedFact => ({
  object: textOf(row, 'object'),
  name: textOf(row, 'name'),
  aspect: textOf(row, 'aspect'),
  value: textOf(row, 'value'),
  shown: textOf(row, 'shown'),
});

/** Undefined: by default for superusers only, or somebody has revoked the right to it. */
async function readable(session: Session, sql: string): Promise<readonly Row[] | undefined> {
  try {
    return (await session.query(sql)).rows;
  } catch (error) {
    if (sqlStateOf(error)?.startsWith(NO_ACCESS) === true) return undefined;
    throw error;
  }
}

/** Class 42: not allowed (42501), or not there on a server that is not quite PostgreSQL. */
const NO_ACCESS = '42';

/** What is different, whoever did it, a sentence each. */
export function sharedChanges(before: SharedFacts, after: SharedFacts): readonly string[] {
  const comparable = [...before.keys()].filter((section) => after.has(section));
  const of = (facts: SharedFacts): Look => new Look(comparable.flatMap((one) => facts.get(one) ?? []));
  const [earlier, later] = [of(before), of(after)];
  return [
    ...earlier.facts.flatMap((fact) => goneOrChanged(fact, earlier, later)),
    ...later.facts.flatMap((fact) => added(fact, earlier, later)),
  ];
}

class Look {
  readonly facts: readonly SharedFact[];
  readonly #byKey: ReadonlyMap<string, SharedFact>;

  constructor(facts: readonly SharedFact[]) {
    this.facts = facts;
    this.#byKey = new Map(facts.map((fact) => [keyOf(fact), fact]));
  }

  find(fact: Pick<SharedFact, 'object' | 'aspect'>): SharedFact | undefined {
    return this.#byKey.get(keyOf(fact));
  }

  /** That the object of the fact exists; undefined for what is no object of its own, as the server. */
  existence({ object }: SharedFact): SharedFact | undefined {
    return this.find({ object, aspect: '' });
  }
}

const keyOf = ({ object, aspect }: Pick<SharedFact, 'object' | 'aspect'>): string =>
  JSON.stringify([object, aspect]);

function goneOrChanged(fact: SharedFact, earlier: Look, later: Look): readonly string[] {
  const { name, aspect, value, shown } = fact;
  const now = later.find(fact);
  if (aspect === '') {
    if (now === undefined) return [`${name} was dropped`];
    return now.name === name ? [] : [`${name} is called ${now.name} now`];
  }
  // With its object, which is said once.
  if (earlier.existence(fact) !== undefined && later.existence(fact) === undefined) return [];
  if (now === undefined) return [`${name}: ${aspect} removed`];
  if (now.value === value) return [];
  return [`${now.name}: ${aspect} changed${shown === '' ? '' : ` from ${shown} to ${now.shown}`}`];
}

function added(fact: SharedFact, earlier: Look, later: Look): readonly string[] {
  const { name, aspect } = fact;
  if (earlier.find(fact) !== undefined) return [];
  if (aspect === '') return [`${name} was created`];
  return later.existence(fact) !== undefined && earlier.existence(fact) === undefined
    ? []
    : [`${name}: ${aspect} added`];
}

export const sharedLeftovers = (changes: readonly string[]): readonly Leftover[] =>
  changes.map((change) => ({ kind: 'cluster-change', name: change, relation: '' }));
