/** What an error meant to the application that got it. */
export const ERROR_CLASSES = [
  'serialization',
  'deadlock',
  'lock_timeout',
  'cancelled',
  'plan_invalidated',
  'schema_drift',
  'constraint',
  'connection',
  'disk_full',
  'pool_wait_timeout',
  'expectation',
  'other',
] as const;

export type ErrorClass = (typeof ERROR_CLASSES)[number];

export const DEADLOCK_DETECTED = '40P01';

/** SQLSTATE, or its first two characters, to class (manual, appendix A). Longer entries win. */
const CLASS_OF_STATE: Readonly<Record<string, ErrorClass>> = {
  '40001': 'serialization',
  '40P01': 'deadlock',
  '55P03': 'lock_timeout',
  '57014': 'cancelled',
  '42703': 'schema_drift',
  '42P01': 'schema_drift',
  '42804': 'schema_drift',
  '42883': 'schema_drift',
  '53100': 'disk_full',
  '57P01': 'connection',
  '57P02': 'connection',
  '57P03': 'connection',
  '57P04': 'connection',
  '57P05': 'connection',
  // Time-outs that end the session: idle in a transaction, or in one for too long.
  '25P03': 'connection',
  '25P04': 'connection',
  '53300': 'connection',
  '23': 'constraint',
  '08': 'connection',
  // A message that the server could not read: it lives, and so does the connection.
  '08P01': 'other',
};

/** `0A000` is every unsupported feature; only this message is the invalidated plan. */
const PLAN_INVALIDATED = /cached plan must not change result type/;

/** `sqlState` undefined: the error did not come from the server, so the connection broke. */
export function classifyError(sqlState: string | undefined, message: string): ErrorClass {
  if (sqlState === undefined) return 'connection';
  if (sqlState === '0A000' && PLAN_INVALIDATED.test(message)) return 'plan_invalidated';
  return CLASS_OF_STATE[sqlState] ?? CLASS_OF_STATE[sqlState.slice(0, 2)] ?? 'other';
}
