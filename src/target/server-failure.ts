import { Failure, messageOf } from '../errors.ts';
import { isLostConnection, sqlStateOf } from './error-class.ts';

/* What a server says to the harness itself passes as it is; where nobody understands it any better, it is the server's failure. */

const addresses = new WeakMap<object, string>();

/** Which server said it. */
export function saidBy(address: string, error: unknown): void {
  if (error instanceof Error) addresses.set(error, address);
}

/** Undefined: neither an error of a server nor a broken connection. */
export function serverFailure(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || thrown instanceof Failure) return undefined;
  const address = addresses.get(thrown);
  const where = address === undefined ? {} : { where: address };
  if (isLostConnection(thrown))
    return new Failure('target.lost', {
      ...where,
      message: `the connection to the server was lost: ${messageOf(thrown)}`,
      hint: 'the server’s log tells why',
      cause: thrown,
    });
  const sqlState = sqlStateOf(thrown);
  if (sqlState === undefined) return undefined;
  return new Failure('target.unavailable', {
    ...where,
    message: `the server refused what the harness asked of it: ${messageOf(thrown)} (SQLSTATE ${sqlState})`,
    ...(isMisunderstood(sqlState) ? { hint: MISUNDERSTOOD } : {}),
    cause: thrown,
  });
}

const MISUNDERSTOOD =
  'where it is a PostgreSQL of 14 to 18, this is a defect of pg-rehearse; please report it with the stack trace (REHEARSE_DEBUG=1 prints it)';

/** Class 42, syntax error or access rule violation: all but a privilege that is missing (manual, appendix A). */
const isMisunderstood = (sqlState: string): boolean => sqlState.startsWith('42') && sqlState !== '42501';
