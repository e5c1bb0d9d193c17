import { Failure, messageOf } from '../errors.ts';
import { errorClassOf, sqlStateOf } from '../target/thread.ts';

export interface FailedWork {
  /** "loading orders". */
  readonly doing: string;
  readonly where: string;
}

/** What a failed statement means to the one who wants the dataset. */
export function seedFailure(error: unknown, { doing, where }: FailedWork): unknown {
  if (error instanceof Failure && error.code !== 'target.unavailable') return error;
  if (errorClassOf(error) === 'connection') {
    return new Failure('target.lost', {
      message: `the connection was lost while ${doing}: ${messageOf(error)}`,
      where,
      hint: 'the server’s log tells why',
      cause: error,
    });
  }
  const sqlState = sqlStateOf(error) ?? 'unknown';
  const hint = hintFor(sqlState, messageOf(error));
  return new Failure('seed.failed', {
    message: `${doing} failed: ${messageOf(error)} (SQLSTATE ${sqlState})`,
    where,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Manual, appendix A. */
const HINTS: Readonly<Record<string, string>> = {
  '53100':
    'the disk of the server is full: choose a smaller scale, or make room there (for a server of our own PG_REHEARSE_HOME names the place)',
  '23505':
    'generated values repeat where the key wants them unique: give the columns generators with unique: true, sequence or uuid',
  '23514': 'a CHECK refuses generated values: name generators in the dataset file that keep to it',
  '23502': 'a column is NOT NULL and got none: name a generator for it in the dataset file',
  '23503': 'generated values refer to rows that do not exist: name a ref for the column in the dataset file',
  '23P01': 'an exclusion constraint refuses generated values: name generators that keep to it',
  '54000': 'a value is too large for an index: narrow the text in the dataset file',
};

function hintFor(sqlState: string, message: string): string | undefined {
  if (/no partition of relation/.test(message))
    return 'no partition takes the row: let the series of the partition key stay within the partitions, or add a default partition';
  return HINTS[sqlState];
}
