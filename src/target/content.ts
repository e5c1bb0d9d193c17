import { textOf } from './row.ts';
import type { Session } from './session.ts';

/** Some names will do. */
export interface DatabaseContent {
  /** Tables, views, sequences, functions, types: what a dataset could clash with. */
  readonly objects: readonly string[];
  /** Everything else that somebody has put there, extensions among it; asked for only where there are no objects. */
  readonly rest: readonly string[];
}

/** Of the database that the session is in: whatever it did not get from initdb. */
export async function contentOf(session: Session): Promise<DatabaseContent> {
  const objects = (await session.query(OBJECTS)).rows.map(
    (row) => `${textOf(row, 'name')} (${textOf(row, 'kind')})`,
  );
  if (objects.length > 0) return { objects, rest: [] };
  return { objects, rest: (await session.query(REST)).rows.map((row) => textOf(row, 'name')) };
}

/** Whatever is not of an extension or of the system. Catalog only; 14–18. */
const OBJECTS = `
SELECT objects.name, objects.kind FROM (
  SELECT c.oid, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, n.nspname,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  UNION ALL
  SELECT p.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass, pg_catalog.format('%I.%I', n.nspname, p.proname), n.nspname, 'function'
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  UNION ALL
  SELECT t.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, pg_catalog.format('%I.%I', n.nspname, t.typname), n.nspname, 'type'
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r')
) AS objects
WHERE objects.nspname <> 'information_schema' AND objects.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = objects.class AND d.objid = objects.oid AND d.deptype = 'e')
ORDER BY objects.kind <> 'table', objects.name LIMIT 5`;

/** Every catalog of things that somebody creates for themselves, not as a part of others. All are there in 14–18, and may be read by everybody. */
const CATALOGS = [
  ...['namespace', 'extension', 'class', 'proc', 'type', 'operator', 'opclass', 'opfamily', 'am', 'cast'],
  ...['collation', 'conversion', 'language', 'transform', 'ts_config', 'ts_dict', 'ts_parser', 'ts_template'],
  ...['foreign_data_wrapper', 'foreign_server', 'event_trigger', 'publication', 'default_acl'],
];

/** Indexes and TOAST tables come and go with their tables. */
const PARTS: Readonly<Record<string, string>> = { pg_class: ` AND relkind NOT IN ('i', 'I', 't')` };

const UNION = [
  ...CATALOGS.map((name) => ({ catalog: `pg_${name}`, rows: `pg_${name}` })),
  // Who may read the large objects themselves is another question.
  { catalog: 'pg_largeobject', rows: 'pg_largeobject_metadata' },
].map(
  ({ catalog, rows }) =>
    `SELECT 'pg_catalog.${catalog}'::pg_catalog.regclass AS class, oid FROM pg_catalog.${rows} WHERE oid >= 16384${PARTS[rows] ?? ''}`,
);

/** Whatever initdb has not made, without indexes: initdb gives the numbers before 16384 (transam.h). Catalog only; 14–18. */
export const EVERY_OBJECT = UNION.join(' UNION ALL ');

/** Of `EVERY_OBJECT AS c`: what stands for itself, with its `name`. Schemas of temporary tables stay when these go. Catalog only; 14–18. */
export const NAMED_OBJECTS = `
SELECT c.class, c.oid, o.type || ' ' || o.identity AS name
FROM (${EVERY_OBJECT}) AS c CROSS JOIN LATERAL pg_catalog.pg_identify_object(c.class, c.oid, 0) AS o
WHERE coalesce(o.schema, o.identity) !~ '^pg_(temp|toast)' AND o.identity <> 'plpgsql' AND o.identity !~ '\\[\\]$'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = c.class AND d.objid = c.oid AND d.deptype IN ('e', 'i'))`;

const REST = `
(SELECT name FROM (${NAMED_OBJECTS}) AS objects LIMIT 5)
UNION ALL
SELECT 'subscription ' || s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
WHERE d.datname = pg_catalog.current_database()
UNION ALL
SELECT 'privileges of the schema public' FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = n.oid AND i.objsubid = 0
WHERE n.nspname = 'public' AND n.oid < 16384 AND n.nspacl IS DISTINCT FROM i.initprivs
UNION ALL
SELECT 'no schema public' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public')`;
