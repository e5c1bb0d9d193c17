import { asFailure, type Failure } from '../errors.ts';
import { serverFailure } from '../target/index.ts';

/** What was thrown, as a failure: what the server said, or a session of the harness that broke, is no bug. */
export function runFailure(thrown: unknown): Failure {
  return serverFailure(thrown) ?? asFailure(thrown);
}
