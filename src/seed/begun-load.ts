import { NAMED_OBJECTS, textOf, type Session } from '../target/index.ts';

import { MANIFEST_TABLES } from './manifest.ts';

/** What an interrupted load of this role has left. */
export interface BegunLoad {
  /** Name, scale and seed. */
  readonly dataset: string;
  readonly fingerprint: string;
  /** What was put beside it since, some of it. */
  readonly strangers: readonly string[];
}

/**
 * In the database of the session, which is shielded. Undefined: there is none, or others may have written what it notes of itself, which
 * the next load runs.
 */
export async function begunLoad(session: Session): Promise<BegunLoad | undefined> {
  const own = (await session.query(OWN_MANIFEST)).rows[0];
  if (own === undefined) return undefined;
  const load = (await session.query(FINGERPRINT)).rows[0];
  if (load === undefined) return undefined;
  const { rows } = await session.query(STRANGERS);
  return {
    dataset: textOf(own, 'comment').replace(/^pg-rehearse: dataset |, sha256:.*$/gs, ''),
    fingerprint: textOf(load, 'fingerprint'),
    strangers: rows.map((row) => textOf(row, 'name')),
  };
}

const TABLES = MANIFEST_TABLES.map((name) => `'${name}'`).join(', ');

/** All of it is this role's, nobody else may write there, and no function of others waits beside it. Catalog only; 14–18. */
const OWN_MANIFEST = `
SELECT coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '') AS comment
FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
WHERE n.nspname = 'rehearse' AND r.rolname = current_user
  AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname IN (${TABLES})) = ${MANIFEST_TABLES.length}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
    AND (c.relowner <> r.oid OR c.relhastriggers OR c.relhasrules OR c.relrowsecurity
      OR EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee <> r.oid AND a.privilege_type <> 'SELECT')))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 AND p.proowner <> r.oid
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e'))`;

/** One row; 14–18. */
const FINGERPRINT = 'SELECT fingerprint FROM rehearse.load';

/** Neither there before the load nor made by its schema. Catalog only; 14–18. */
const STRANGERS = `
SELECT o.name FROM (${NAMED_OBJECTS}) AS o
WHERE NOT EXISTS (SELECT FROM rehearse.object k WHERE k.class = o.class AND k.object = o.oid)
ORDER BY o.name LIMIT 5`;
