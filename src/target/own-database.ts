import { randomBytes } from 'node:crypto';

import { messageOf } from '../errors.ts';
import { quoteIdentifier } from '../postgres/index.ts';
import type { ForeignDatabase } from './connection-string.ts';
import {
  heldElsewhere,
  maintenanceConnection,
  openMaintenance,
  tryLockName,
  unlockName,
} from './maintenance.ts';
import { booleanOf, numberOf, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

/* Databases that the harness creates on servers of others. Their names say so, and a lock that somebody works on one (maintenance.ts). */

/** Of one run, dropped after it. */
export const runDatabaseName = (): string => `rehearse_run_${randomBytes(6).toString('hex')}`;
/** Of a run with `--keep`: nobody but people drop it. */
export const keptDatabaseName = (): string => `rehearse_kept_${randomBytes(6).toString('hex')}`;
/** Holds a dataset, for all runs. */
export const templateName = (key: string): string => `rehearse_${key.slice(0, 16)}`;
/** An empty database for whose name a copy of the template is on its way. */
export const asideName = (template: string): string => `${template}_aside`;

export interface SweepOptions {
  /** The templates as well: the cache of datasets on that server. */
  readonly templates?: boolean;
  /** Only say what would go. */
  readonly dryRun?: boolean;
  /** Hears of what could not be dropped, a sentence each. */
  readonly tell?: (sentence: string) => void;
}

/**
 * Drops what harnesses left behind that were killed: databases of theirs that nobody works on any more. Returns their names. Only what this role owns.
 * Throws `Failure('target.unavailable')` where the server can not be reached.
 */
export async function sweepDatabases(
  foreign: ForeignDatabase,
  { templates = false, dryRun = false, tell = () => undefined }: SweepOptions = {},
): Promise<readonly string[]> {
  await using session = await openMaintenance(await maintenanceConnection(foreign));
  const { rows } = await session.query(OWN_DATABASES);
  const removed: string[] = [];
  for (const row of rows) {
    const name = textOf(row, 'name');
    const locked = lockedName(name, templates);
    // Where nobody can tell whether somebody works on it, it stays.
    if (locked === undefined || (await heldElsewhere(session, locked)) !== false) continue;
    if (!(await tryLockName(session, locked))) continue;
    try {
      if (await goes(row, { session, dryRun, tell })) removed.push(name);
    } finally {
      await unlockName(session, locked);
    }
  }
  return removed;
}

async function goes(
  row: Row,
  { session, dryRun, tell }: { readonly session: Session } & Required<Omit<SweepOptions, 'templates'>>,
): Promise<boolean> {
  const name = textOf(row, 'name');
  if (!booleanOf(row, 'may_drop')) {
    tell(`${name} was left behind, and belongs to ${textOf(row, 'owner')}`);
    return false;
  }
  try {
    return dryRun || (await dropDatabase(session, name));
  } catch (error) {
    tell(`${name} was left behind and could not be dropped: ${messageOf(error)}`);
    return false;
  }
}

/** The name that is locked while somebody works on the database; undefined: not to be dropped. */
export function lockedName(name: string, templates: boolean): string | undefined {
  if (/^rehearse_run_[0-9a-f]{12}$/.test(name)) return name;
  const [, template, aside] = /^(rehearse_[0-9a-f]{16})(_aside)?$/.exec(name) ?? [];
  return aside !== undefined || templates ? template : undefined;
}

/** By files instead of block by block through the WAL: 1.2 GB in 2 s instead of 8 (15 and later; before it is the only way). `version`: a column. */
export const copyStrategy = (facts: Row): string =>
  numberOf(facts, 'version') >= 150_000 ? ' STRATEGY FILE_COPY' : '';

/** Whoever is connected is cut off, as far as the role may do that. False: somebody else was quicker. */
export async function dropDatabase(session: Session, name: string): Promise<boolean> {
  const isThere = (await session.query(EXISTS, [name])).rows.length > 0;
  // IF EXISTS as well, for two may do this at once. Cost: a checkpoint. 14–18.
  if (isThere) await session.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  return isThere;
}

/** Cost: one catalog table. 14–18. */
const OWN_DATABASES = `
SELECT d.datname AS name, pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_drop, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner
FROM pg_catalog.pg_database d WHERE d.datname LIKE 'rehearse\\_%' ORDER BY d.datname`;

/** Cost: one row by its key. 14–18. */
const EXISTS = 'SELECT FROM pg_catalog.pg_database WHERE datname = $1';
