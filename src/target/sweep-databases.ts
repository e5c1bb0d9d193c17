import { messageOf } from '../errors.ts';
import { withShieldedSession } from './connect.ts';
import type { ConnectionSettings } from './connection.ts';
import type { ForeignDatabase } from './connection-string.ts';
import { contentOf } from './content.ts';
import {
  heldElsewhere,
  maintenanceConnection,
  openMaintenance,
  tryLockName,
  unlockName,
} from './maintenance.ts';
import { strangersIn } from './occupants.ts';
import { dropDatabase, ownDatabase, UNFINISHED, type OwnDatabase } from './own-database.ts';
import { endPrepared } from './prepared-transactions.ts';
import { booleanOf, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';

export interface SweepOptions {
  /** Of the datasets on that server, those whose load was interrupted, or all: its cache. None by default. */
  readonly datasets?: 'none' | 'interrupted' | 'all';
  /** Only say what would go. */
  readonly dryRun?: boolean;
  /** Hears of what was not dropped, a sentence each that begins with its name. */
  readonly tell?: (sentence: string) => void;
  /** Hears of those of this role that `--keep` has kept. */
  readonly kept?: (name: string) => void;
}

export type SweptDatabase = Pick<OwnDatabase, 'name' | 'kind'>;

/**
 * Drops what harnesses left behind that were killed: databases that they made and nobody works on any more. Returns what went. Only what this role owns.
 * Throws `Failure('target.unavailable')` where the server can not be reached.
 */
export async function sweepDatabases(
  foreign: ForeignDatabase,
  options: SweepOptions = {},
): Promise<readonly SweptDatabase[]> {
  const { datasets, dryRun, tell, kept } = { ...DEFAULTS, ...options };
  const place = await maintenanceConnection(foreign);
  await using session = await openMaintenance(place);
  const { rows } = await session.query(OWN_DATABASES);
  const removed: SweptDatabase[] = [];
  for (const row of rows) {
    const own = ownDatabase({
      name: textOf(row, 'name'),
      comment: textOf(row, 'comment'),
      isUnfinished: booleanOf(row, 'unfinished'),
    });
    if (own?.kind === 'kept database' && booleanOf(row, 'may_drop')) kept(own.name);
    if (own === undefined || !SWEPT[datasets].includes(own.kind)) continue;
    const fate = await whileNobodyElse(session, own, () => sweepOne(own, row, { session, place, dryRun }));
    if (fate.kind === 'went') removed.push({ name: own.name, kind: own.kind });
    if (fate.kind === 'stays') tell(`${own.name} was left behind${fate.reason}`);
  }
  return removed;
}

const DEFAULTS: Required<SweepOptions> = {
  datasets: 'none',
  dryRun: false,
  tell: () => undefined,
  kept: () => undefined,
};

type Fate =
  | { readonly kind: 'went' | 'busy' }
  /** Goes on after "was left behind". */
  | { readonly kind: 'stays'; readonly reason: string };

async function whileNobodyElse(
  session: Session,
  { locked }: OwnDatabase,
  work: () => Promise<Fate>,
): Promise<Fate> {
  // Where nobody can tell whether somebody works on it, it stays.
  if ((await heldElsewhere(session, locked)) !== false) return { kind: 'busy' };
  if (!(await tryLockName(session, locked))) return { kind: 'busy' };
  try {
    return await work();
  } catch (error) {
    return { kind: 'stays', reason: ` and could not be dropped: ${messageOf(error)}` };
  } finally {
    await unlockName(session, locked);
  }
}

async function sweepOne(
  own: OwnDatabase,
  row: Row,
  { session, place, dryRun }: Place & { readonly dryRun: boolean },
): Promise<Fate> {
  const obstacle = await obstacleTo(own, row, { session, place });
  if (obstacle !== undefined) return { kind: 'stays', reason: `, ${obstacle}` };
  if (dryRun) return { kind: 'went' };
  // Of an empty database that was somebody's they are somebody's too.
  if (own.kind === 'database' && !own.wasOfOthers) await endPrepared(session, { place, database: own.name });
  return { kind: (await dropDatabase(session, own.name)) ? 'went' : 'busy' };
}

const SWEPT: Readonly<Record<NonNullable<SweepOptions['datasets']>, readonly OwnDatabase['kind'][]>> = {
  none: ['database'],
  interrupted: ['database', 'interrupted load'],
  all: ['database', 'interrupted load', 'dataset'],
};

interface Place {
  readonly session: Session;
  readonly place: ConnectionSettings;
}

/** Why it is left alone. */
async function obstacleTo(
  { name, wasOfOthers }: OwnDatabase,
  row: Row,
  { session, place }: Place,
): Promise<string | undefined> {
  if (!booleanOf(row, 'may_drop')) return `and belongs to ${textOf(row, 'owner')}`;
  const strangers = await strangersIn(session, name);
  if (strangers.length > 0) return `and somebody works in it: ${strangers.join(', ')}`;
  if (!wasOfOthers) return undefined;
  const { objects, rest } = await withShieldedSession({ ...place, database: name }, contentOf);
  const content = [...objects, ...rest];
  if (content.length === 0) return undefined;
  return `and was the database that its comment names; somebody has put ${content.join(', ')} into it`;
}

/** Cost: two catalog tables. 14–18. */
const OWN_DATABASES = `
SELECT d.datname::text AS name, pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_drop, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
  coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment, ${UNFINISHED} AS unfinished
FROM pg_catalog.pg_database d WHERE d.datname LIKE 'rehearse\\_%' ORDER BY d.datname`;
