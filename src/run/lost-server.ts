import { asFailure, Failure, messageOf } from '../errors.ts';
import { isLostConnection } from '../target/index.ts';

/** What was thrown, as a failure: a session of the harness that broke is no bug, but the server's doing or the network's. */
export function runFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure || !isLostConnection(thrown)) return asFailure(thrown);
  return new Failure('target.lost', {
    message: `the connection to the server was lost: ${messageOf(thrown)}`,
    hint: 'the server’s log tells why',
    cause: thrown,
  });
}
