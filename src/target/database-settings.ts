import { messageOf } from '../errors.ts';
import { quoteIdentifier, quoteLiteral, quoteRelation } from '../postgres/index.ts';
import { sqlStateOf } from './error-class.ts';
import { booleanOf, isNull, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

/* What belongs to a database besides its content, and does not come along with CREATE DATABASE … TEMPLATE: privileges and settings. */

/** A setting that a database has by `ALTER DATABASE … SET`, or a role in it; `role`: undefined for everybody. */
export interface DatabaseSetting {
  readonly role: string | undefined;
  readonly name: string;
  readonly value: string;
}

export type SettingOutcome =
  | { readonly kind: 'set' }
  /** No such setting, or no such value: a mistake of whoever wrote it. */
  | { readonly kind: 'wrong'; readonly message: string }
  /** Only when the server starts, for the whole server, or not by this role. */
  | { readonly kind: 'refused'; readonly message: string; readonly current: string };

/** For every session of the database that begins from now on. 14–18. */
export async function setForDatabase(
  session: Session,
  database: string,
  { role, name, value }: DatabaseSetting,
): Promise<SettingOutcome> {
  const whose =
    role === undefined
      ? `DATABASE ${quoteIdentifier(database)}`
      : `ROLE ${quoteIdentifier(role)} IN DATABASE ${quoteIdentifier(database)}`;
  try {
    await session.query(`ALTER ${whose} SET ${quoteRelation(name)} TO ${valueOf(name, value)}`);
    return { kind: 'set' };
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === undefined) throw error;
    if (WRONG.includes(sqlState)) return { kind: 'wrong', message: messageOf(error) };
    const { rows } = await session.query(CURRENT, [name]);
    const current = rows[0] === undefined || isNull(rows[0], 'value') ? 'unset' : textOf(rows[0], 'value');
    return { kind: 'refused', message: messageOf(error), current };
  }
}

/** undefined_object, invalid_parameter_value, syntax_error. */
const WRONG: readonly string[] = ['42704', '22023', '42601'];

/** As `SHOW` gives it; NULL for what the server does not know. Cost: none. 14–18. */
const CURRENT = 'SELECT pg_catalog.current_setting($1, true) AS value';

/** Settings that are lists of names (pg_dump's variable_is_guc_list_quote): quoted as one, they were one name. */
const LISTS: readonly string[] = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
];

export function valueOf(name: string, value: string): string {
  if (!LISTS.includes(name.toLowerCase())) return quoteLiteral(value);
  const items = [...value.matchAll(/"((?:[^"]|"")*)"|[^,\s"]+/g)].map(([plain, quoted]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
  return items.length === 0 ? "''" : items.map(quoteLiteral).join(', ');
}

export async function settingsOfDatabase(
  session: Session,
  database: string,
): Promise<readonly DatabaseSetting[]> {
  const { rows } = await session.query(SETTINGS, [database]);
  return rows.map((row) => {
    const setting = textOf(row, 'setting');
    const at = setting.indexOf('=');
    return {
      role: isNull(row, 'role') ? undefined : textOf(row, 'role'),
      name: setting.slice(0, at),
      value: setting.slice(at + 1),
    };
  });
}

/** Everybody may read them. Cost: one catalog table. 14–18. */
const SETTINGS = `
SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(s.setrole)::text END AS role, unnest(s.setconfig) AS setting
FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE d.datname = $1`;

export interface CopiedPrivileges {
  readonly target: string;
  /** Of the target, as SQL writes it. */
  readonly owner: string;
}

/** Statements that give `target` the privileges of `source`; none where nobody ever changed those. */
export async function privilegeStatements(
  session: Session,
  source: string,
  copied: CopiedPrivileges,
): Promise<readonly string[]> {
  const { rows } = await session.query(PRIVILEGES, [source, quoteIdentifier(copied.target)]);
  return privilegesIn(rows, copied);
}

/** What everybody and the owner have of a new database goes first: to the source it may have been refused. */
export function privilegesIn(rows: readonly Row[], { target, owner }: CopiedPrivileges): readonly string[] {
  const changed = rows.filter((row) => booleanOf(row, 'changed'));
  if (changed.length === 0) return [];
  return [
    `REVOKE ALL ON DATABASE ${quoteIdentifier(target)} FROM PUBLIC, ${owner}`,
    ...changed.flatMap((row) => (isNull(row, 'statement') ? [] : [textOf(row, 'statement')])),
  ];
}

/** NULL: never changed; an array without items: nobody but superusers may do anything. Cost: one catalog row. 14–18. */
const PRIVILEGES = `
SELECT d.datacl IS NOT NULL AS changed,
  CASE WHEN a.privilege_type IS NOT NULL THEN pg_catalog.format('GRANT %s ON DATABASE %s TO %s%s', a.privilege_type, $2::text,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) END AS statement
FROM pg_catalog.pg_database d LEFT JOIN LATERAL pg_catalog.aclexplode(d.datacl) a ON true WHERE d.datname = $1`;
