import { formatDuration, milliseconds, type Milliseconds } from '../units.ts';
import { sqlStateOf } from './error-class.ts';
import { textOf } from './row.ts';
import type { Session } from './session.ts';
import { visibilityOf, type Visibility } from './visibility.ts';

/** What makes the server tell each session of its own lock waits, and what of it this user may not have. */
export interface LockReporting {
  /** For the start of every session of the run: equal on all of them, because `deadlock_timeout` also decides who is cancelled in a deadlock. */
  readonly settings: Readonly<Record<string, string>>;
  /** In force: shorter waits are not told. */
  readonly deadlockTimeout: Milliseconds;
  /** Whether waits longer than that are told. */
  readonly isExact: boolean;
  /** What the observer and the migration may read. */
  readonly sees: Pick<Visibility, 'locks' | 'sessions'>;
  /** What is missing, and why, a sentence each. */
  readonly missing: readonly string[];
}

/**
 * Instead of PostgreSQL's second: ten times as many waits are timed, and each costs a search for deadlocks once. A deadlock is found sooner than in production.
 */
export const OBSERVED_DEADLOCK_TIMEOUT = milliseconds(100);

/**
 * Asks for one setting after the other and keeps what it gets. Both need a superuser, or from 15 on GRANT SET ON PARAMETER (manual, GRANT); a server may have
 * them already. `wanted`: undefined leaves the server's own deadlock_timeout.
 */
export async function lockReporting(
  session: Session,
  wanted: Milliseconds | undefined,
): Promise<LockReporting> {
  const log = await ask(session, 'log_lock_waits', 'on');
  const messages = await ask(session, 'lc_messages', 'C');
  const timeout = await ask(session, 'deadlock_timeout', wanted?.toFixed(0));
  const { missing, ...sees } = await visibilityOf(session);
  const isTold = log.value === 'on';
  const isEnglish = ENGLISH.test(messages.value);
  const isExact = isTold && isEnglish;
  const deadlockTimeout = milliseconds(Number(timeout.value));
  const sampled = (cause: string, { refused = '' }: Asked): string =>
    `lock waits are sampled, not exact: ${cause}, and ${refused}`;
  return {
    settings: {
      ...(isExact ? { client_min_messages: 'log', ...log.set, ...messages.set } : {}),
      ...timeout.set,
    },
    deadlockTimeout,
    isExact,
    sees,
    missing: [
      ...(isTold ? [] : [sampled('log_lock_waits is off', log)]),
      ...(isEnglish ? [] : [sampled(`the server's messages are in ${messages.value}`, messages)]),
      ...(timeout.refused === undefined
        ? []
        : [`lock waits shorter than ${formatDuration(deadlockTimeout)} are not timed: ${timeout.refused}`]),
      ...missing,
    ],
  };
}

/** Locales in which the messages are as written in the source. */
const ENGLISH = /^(?:$|C\b|POSIX|en_|English)/i;

interface Asked {
  /** In force now, in the setting's base unit. */
  readonly value: string;
  /** What other sessions must set as well; empty where the server has it by itself. */
  readonly set: Readonly<Record<string, string>>;
  /** Why it is not as wanted. */
  readonly refused: string | undefined;
}

async function ask(session: Session, name: string, wanted: string | undefined): Promise<Asked> {
  const value = textOf((await session.query(CURRENT, [name])).rows[0] ?? {}, 'value');
  if (wanted === undefined || value === wanted) return { value, set: {}, refused: undefined };
  try {
    await session.query(SET, [name, wanted]);
    return { value: wanted, set: { [name]: wanted }, refused: undefined };
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    const user = textOf((await session.query(USER)).rows[0] ?? {}, 'name');
    const refused = `${user} may not set ${name} (PostgreSQL 15 and later: GRANT SET ON PARAMETER ${name} TO ${user})`;
    return { value, set: {}, refused };
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** In the base unit: milliseconds for times. Cost: one pass over the table of settings. 14–18. */
const CURRENT = 'SELECT setting AS value FROM pg_catalog.pg_settings WHERE name = $1';

/** For the session. Cost: none. 14–18. */
const SET = 'SELECT pg_catalog.set_config($1, $2, false)';

/** Quoted, for SQL. Cost: none. 14–18. */
const USER = 'SELECT pg_catalog.quote_ident(current_user) AS name';
