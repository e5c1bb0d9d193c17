import pg from 'pg';

import { Failure, messageOf } from '../errors.ts';
import { classifyError, type ErrorClass } from '../postgres/thread.ts';

/** What an error meant to the session that got it; an error without SQLSTATE is a broken connection. */
export function errorClassOf(error: unknown): ErrorClass {
  if (error instanceof Failure && error.cause === undefined) return 'other';
  return classifyError(sqlStateOf(error), messageOf(error));
}

/** SQLSTATE of an error of the server, also where a failure carries it as its cause; undefined: not the server's. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  return error instanceof Failure && error.cause !== undefined ? sqlStateOf(error.cause) : undefined;
}
