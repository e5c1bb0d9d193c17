import { Failure } from '../errors.ts';
import { withSession } from './connect.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { booleanOf, textOf } from './row.ts';
import { SHIELD } from './shield.ts';

/** `copied`: it stands for a copy that is made elsewhere, which has the settings of the role and the server, and not those of the database. */
export interface WritableOptions {
  readonly copied: boolean;
}

/** Throws `Failure('target.unavailable')` where sessions begin such that nothing can be changed in them. */
export async function requireWritable(
  connection: ConnectionSettings,
  { copied }: WritableOptions,
): Promise<void> {
  const settings = { search_path: SHIELD.search_path };
  const look = await withSession(connection, 'audit', (session) => session.query(READ_ONLY), { settings });
  const row = look.rows[0] ?? {};
  const source = textOf(row, 'source');
  if (!booleanOf(row, 'read_only') || (copied && OF_DATABASES.includes(source))) return;
  throw new Failure('target.unavailable', {
    where: displayAddress(connection),
    message: `sessions of ${connection.user} can not change anything ${copied ? 'there' : `in ${connection.database}`}: default_transaction_read_only is on, ${WHOSE[source] ?? `by ${source}`}`,
    hint: 'rehearse where the application could write: ALTER … RESET default_transaction_read_only, or as another role',
  });
}

/** Cost: none. 14–18. */
const READ_ONLY = `
SELECT s.setting = 'on' AS read_only, s.source FROM pg_catalog.pg_settings s WHERE s.name = 'default_transaction_read_only'`;

const OF_DATABASES: readonly string[] = ['database', 'database user'];

/** By pg_settings.source. */
const WHOSE: Readonly<Record<string, string>> = {
  database: 'set for the database',
  user: 'set for the role',
  'database user': 'set for the role in this database',
  global: 'set for all roles (ALTER ROLE ALL)',
  'configuration file': 'set for the whole server',
  'command line': 'set for the whole server',
};
