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
  /** Of the datasets on that server, those whose load was interrupted, or all: its cache. None by default. */
  readonly datasets?: 'none' | 'interrupted' | 'all';
  /** Only say what would go. */
  readonly dryRun?: boolean;
  /** Hears of what could not be dropped, a sentence each. */
  readonly tell?: (sentence: string) => void;
}

export interface SweptDatabase {
  readonly name: string;
  readonly kind: 'database' | 'interrupted load' | 'dataset';
}

/**
 * Drops what harnesses left behind that were killed: databases of theirs that nobody works on any more. Returns what went. Only what this role owns.
 * Throws `Failure('target.unavailable')` where the server can not be reached.
 */
export async function sweepDatabases(
  foreign: ForeignDatabase,
  { datasets = 'none', dryRun = false, tell = () => undefined }: SweepOptions = {},
): Promise<readonly SweptDatabase[]> {
  await using session = await openMaintenance(await maintenanceConnection(foreign));
  const { rows } = await session.query(OWN_DATABASES);
  const removed: SweptDatabase[] = [];
  for (const row of rows) {
    const own = ownDatabase(textOf(row, 'name'), textOf(row, 'comment'));
    if (own === undefined || !SWEPT[datasets].includes(own.kind)) continue;
    // Where nobody can tell whether somebody works on it, it stays.
    if ((await heldElsewhere(session, own.locked)) !== false) continue;
    if (!(await tryLockName(session, own.locked))) continue;
    try {
      if (await goes(row, { session, dryRun, tell })) removed.push({ name: own.name, kind: own.kind });
    } finally {
      await unlockName(session, own.locked);
    }
  }
  return removed;
}

const SWEPT: Readonly<Record<NonNullable<SweepOptions['datasets']>, readonly SweptDatabase['kind'][]>> = {
  none: ['database'],
  interrupted: ['database', 'interrupted load'],
  all: ['database', 'interrupted load', 'dataset'],
};

async function goes(
  row: Row,
  { session, dryRun, tell }: { readonly session: Session } & Required<Omit<SweepOptions, 'datasets'>>,
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

export interface OwnDatabase extends SweptDatabase {
  /** The name that is locked while somebody works on it. */
  readonly locked: string;
}

/** By its name; a dataset that is whole says in its comment which one it is (seed/manifest.ts). Undefined: not ours to drop. */
export function ownDatabase(name: string, comment: string): OwnDatabase | undefined {
  if (/^rehearse_run_[0-9a-f]{12}$/.test(name)) return { name, kind: 'database', locked: name };
  const [, template, key = '', aside] = /^(rehearse_([0-9a-f]{16}))(_aside)?$/.exec(name) ?? [];
  if (template === undefined) return undefined;
  if (aside !== undefined) return { name, kind: 'database', locked: template };
  const isWhole = new RegExp(`sha256:${key}[0-9a-f]*$`).test(comment);
  return { name, kind: isWhole ? 'dataset' : 'interrupted load', locked: template };
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

/** Cost: two catalog tables. 14–18. */
const OWN_DATABASES = `
SELECT d.datname AS name, pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_drop, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
  coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment
FROM pg_catalog.pg_database d WHERE d.datname LIKE 'rehearse\\_%' ORDER BY d.datname`;

/** Cost: one row by its key. 14–18. */
const EXISTS = 'SELECT FROM pg_catalog.pg_database WHERE datname = $1';
