import { systemClock } from '../clock.ts';
import { formatRate, milliseconds, perSecond, type PerSecond } from '../units.ts';
import { sqlStateOf } from './error-class.ts';
import { booleanOf, numberOf, textOf, type Row } from './row.ts';
import type { Session } from './session.ts';
import { visibilityOf } from './visibility.ts';

/* Whether somebody depends on a server that is not ours: whoever does would feel the rehearsal. */

/** Why a server is left alone, and by which word a person may insist. */
export interface Objection {
  readonly about: Concern;
  /** A sentence without an end. */
  readonly found: string;
}

/** `cluster`: whoever shares roles, databases and configuration with the rehearsal's own. */
export const CONCERNS = ['standby', 'traffic', 'cluster'] as const;
export type Concern = (typeof CONCERNS)[number];

/** A look at everybody on the server. */
export interface Neighbourhood {
  /** Undefined: their counters may not be read. */
  readonly databases: readonly DatabaseCounter[] | undefined;
  /** Pids of others' sessions that run a statement, as far as this role may see that; undefined: not at all. */
  readonly active: readonly number[] | undefined;
}

interface DatabaseCounter {
  readonly name: string;
  readonly transactions: number;
}

export interface Replication {
  /** `name (state)`, one for each process that sends the log of changes to somebody. */
  readonly senders: readonly string[];
  /** Replication slots for which the log is kept; `active`: somebody reads it now. */
  readonly slots: readonly { readonly name: string; readonly active: boolean }[];
}

/** Backends count their transactions for others at most once a second (manual, 27.2): a shorter look would miss them. */
const LOOK_MS = 1_500;
/** A monitoring tool and a colleague; more at once, in two looks, are an application or a long job. */
const MOST_ACTIVE = 3;

/** As a scenario that says nothing of it (scenario/parse.ts). */
export const USUAL_TRAFFIC = perSecond(10);

export interface Looked {
  readonly objections: readonly Objection[];
  /** What is objected to by default, and not with this limit, a sentence each. */
  readonly allowed: readonly string[];
  /** What could not be seen, and why, a sentence each. */
  readonly missing: readonly string[];
}

/** Takes a second and a half; twice that where there seems to be traffic. */
export async function lookAround(session: Session, limit: PerSecond, signal: AbortSignal): Promise<Looked> {
  const { objections: traffic, allowed, after } = await lookForTraffic(session, limit, signal);
  const senders = await readable(session, SENDERS);
  const slots = await readable(session, SLOTS);
  return {
    objections: [
      ...standbyObjections({
        senders: (senders ?? []).map((row) => textOf(row, 'name')),
        slots: (slots ?? []).map((row) => ({ name: textOf(row, 'name'), active: booleanOf(row, 'active') })),
      }),
      ...traffic,
    ],
    allowed,
    missing: [
      ...missingOf(after),
      ...(senders === undefined ? [unseen('standbys and other receivers', 'pg_stat_replication')] : []),
      ...(slots === undefined ? [unseen('replication slots', 'pg_replication_slots')] : []),
    ],
  };
}

/** What sessions counted before they ended is told late, on 14 by half a second and more: only what goes on counts. */
async function lookForTraffic(session: Session, limit: PerSecond, signal: AbortSignal) {
  const first = await watch(session, await look(session), { limit, signal });
  return first.objections.length === 0 ? first : await watch(session, first.after, { limit, signal });
}

async function watch(
  session: Session,
  before: Neighbourhood,
  { limit, signal }: { readonly limit: PerSecond; readonly signal: AbortSignal },
) {
  const from = systemClock.now();
  await systemClock.sleep(milliseconds(LOOK_MS), signal);
  const after = await look(session);
  const window = { seconds: (systemClock.now() - from) / 1_000, limit };
  return {
    after,
    objections: trafficObjections(before, after, window),
    allowed: allowedTraffic(before, after, window),
  };
}

function missingOf({ databases, active }: Neighbourhood): readonly string[] {
  if (databases === undefined)
    return [
      unseen('transactions of others', 'pg_stat_database'),
      ...(active === undefined ? [unseen('sessions of others', 'pg_stat_activity')] : []),
    ];
  return active === undefined
    ? ['of the sessions of others only the transactions were counted: pg_stat_activity may not be read']
    : [];
}

const unseen = (what: string, view: string): string => `${what} were not looked for: ${view} may not be read`;

/** Undefined: somebody has revoked the right to it, which everybody has by default. */
async function readable(session: Session, sql: string): Promise<readonly Row[] | undefined> {
  try {
    return (await session.query(sql)).rows;
  } catch (error) {
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return undefined;
    throw error;
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function look(session: Session): Promise<Neighbourhood> {
  const databases = (await readable(session, DATABASES))?.map((row) => ({
    name: textOf(row, 'name'),
    transactions: numberOf(row, 'transactions'),
  }));
  const { sessions } = await visibilityOf(session);
  if (!sessions) return { databases, active: undefined };
  return { databases, active: (await session.query(ACTIVE)).rows.map((row) => numberOf(row, 'pid')) };
}

export function standbyObjections({ senders, slots }: Replication): readonly Objection[] {
  if (senders.length + slots.length === 0) return [];
  const found = [
    ...senders.map((name) => `a receiver of its log of changes: ${name}`),
    ...slots.map(({ name, active }) =>
      active
        ? `a replication slot in use: ${name}`
        : `a replication slot whose receiver is away, for which the log of changes piles up: ${name}`,
    ),
  ];
  return [{ about: 'standby', found: found.join(', ') }];
}

export interface Window {
  readonly seconds: number;
  readonly limit: PerSecond;
}

export function trafficObjections(
  before: Neighbourhood,
  after: Neighbourhood,
  { seconds, limit }: Window,
): readonly Objection[] {
  const { all, busiest } = ratesOf(before, after, seconds);
  const busy = (after.active ?? []).filter((pid) => before.active?.includes(pid) === true);
  const objections: Objection[] = [];
  if (busiest !== undefined && all > limit)
    objections.push({
      about: 'traffic',
      found: `${formatRate(all)} transactions of others, most in database ${busiest}; the limit is ${formatRate(limit)} (other_traffic)`,
    });
  if (busy.length > MOST_ACTIVE)
    objections.push({
      about: 'traffic',
      found: `${busy.length} sessions of others at work all the time, pid ${busy.join(', ')}; the limit is ${MOST_ACTIVE}`,
    });
  return objections;
}

/** Whoever raised the limit has overridden the guard, which nobody shall have to guess from the scenario. */
export function allowedTraffic(
  before: Neighbourhood,
  after: Neighbourhood,
  { seconds, limit }: Window,
): readonly string[] {
  const { all, busiest } = ratesOf(before, after, seconds);
  if (busiest === undefined || all <= USUAL_TRAFFIC || all > limit) return [];
  return [
    `rehearsed beside ${formatRate(all)} transactions of others, most in database ${busiest}: other_traffic allows ${formatRate(limit)}, usual is ${formatRate(USUAL_TRAFFIC)}`,
  ];
}

interface Rates {
  readonly all: PerSecond;
  /** Undefined: nobody did anything. */
  readonly busiest: string | undefined;
}

/** Databases that came or went between the looks were nobody's application. */
function ratesOf(before: Neighbourhood, after: Neighbourhood, seconds: number): Rates {
  const rates = (after.databases ?? []).flatMap(({ name, transactions }) => {
    const earlier = before.databases?.find((one) => one.name === name);
    const done = earlier === undefined ? 0 : Math.max(0, transactions - earlier.transactions);
    return done === 0 ? [] : [{ name, rate: done / seconds }];
  });
  const all = rates.reduce((sum, { rate }) => sum + rate, 0);
  const [busiest] = rates.toSorted((one, other) => other.rate - one.rate);
  return { all: perSecond(all), busiest: busiest?.name };
}

/** Cost: the counters of each database; our own sessions add two or three. 14–18. */
const DATABASES = `
SELECT datname::text AS name, xact_commit + xact_rollback AS transactions FROM pg_catalog.pg_stat_database WHERE datname IS NOT NULL`;

/** Of users whose statements are hidden the state is NULL: they are known by their transactions. Cost: one look at the backends' slots. 14–18. */
const ACTIVE = `
SELECT pid FROM pg_catalog.pg_stat_activity
WHERE state = 'active' AND backend_type = 'client backend' AND application_name NOT LIKE 'rehearse/%' AND pid <> pg_catalog.pg_backend_pid()`;

/** Everybody sees that they are there, members of pg_read_all_stats what they do. Cost: one look at the slots of the senders. 14–18. */
const SENDERS = `
SELECT coalesce(nullif(application_name, ''), 'pid ' || pid) || coalesce(' (' || state || ')', '') AS name FROM pg_catalog.pg_stat_replication ORDER BY pid`;

/** Physical or logical, all of which keep the log until they are read. Cost: one look at the slots. 14–18. */
const SLOTS = `
SELECT slot_name::text AS name, active FROM pg_catalog.pg_replication_slots WHERE active OR restart_lsn IS NOT NULL ORDER BY slot_name`;

/** What a person should know before marking a database. */
export interface Inhabitants {
  readonly tables: number;
  /** Bytes. */
  readonly size: number;
  /** Undefined: may not be read. */
  readonly sessions: number | undefined;
  readonly receivers: number | undefined;
}

export async function inhabitants(session: Session): Promise<Inhabitants> {
  const row = (await session.query(INHABITANTS)).rows[0] ?? {};
  return {
    tables: numberOf(row, 'tables'),
    size: numberOf(row, 'size'),
    sessions: await countOf(session, SESSIONS),
    receivers: await countOf(session, RECEIVERS),
  };
}

async function countOf(session: Session, sql: string): Promise<number | undefined> {
  const row = (await readable(session, sql))?.[0];
  return row && numberOf(row, 'count');
}

/** Cost: the sizes of the database's files. 14–18. */
const INHABITANTS = `
SELECT (SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')) AS tables,
  pg_catalog.pg_database_size(pg_catalog.current_database()) AS size`;

/** Cost: one look at the backends' slots. 14–18. */
const SESSIONS = `
SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()`;

/** Cost: one look at the slots of the senders. 14–18. */
const RECEIVERS = 'SELECT count(*) FROM pg_catalog.pg_stat_replication';
