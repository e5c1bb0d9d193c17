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

/** What a session's calls reject with once its connection has broken. */
export class LostConnection extends Error {
  override readonly name = 'LostConnection';
}

/** Whether the connection broke, or the server ended it: it stops, was told to end the session, or lost another of its processes. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof LostConnection) return true;
  return sqlStateOf(error) !== undefined && errorClassOf(error) === 'connection';
}
