import { Failure, messageOf } from '../errors.ts';
import { classifyError, type ErrorClass } from '../postgres/thread.ts';
import { sqlStateOf } from './connect.ts';

/** What an error meant to the session that got it; an error without SQLSTATE is a broken connection. */
export function errorClassOf(error: unknown): ErrorClass {
  if (error instanceof Failure && error.cause === undefined) return 'other';
  return classifyError(sqlStateOf(error), messageOf(error));
}
