import type { Purpose } from './connection.ts';

/* Time-outs that the server, the database or the role has for its sessions (manual, 20.11.1). They are the application's affair. */

/** With which the harness itself works. What goes as the application goes, or as its migration, keeps what these have. */
const OWN: readonly Purpose[] = ['seed', 'observer', 'audit'];

/** Such a session may idle, or take its time, for as long as the run lasts; what shall not wait for long says so itself. Those that 14–18 know. */
export const UNTIMED = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const satisfies Readonly<Record<string, string>>;

export const isOwn = (purpose: Purpose): boolean => OWN.includes(purpose);

/**
 * The one that 17 brought: an older server would turn a session away that asks for it from its start on. Nothing where somebody stands between the session and its
 * backend, who would give it to others like that. Cost: a round trip. 14–18.
 */
export const UNTIMED_TRANSACTIONS = (pid: number): string =>
  `SELECT pg_catalog.set_config('transaction_timeout', '0', false)
WHERE pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL AND pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ${pid}`;
