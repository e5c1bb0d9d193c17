import pg from 'pg';

import { Failure } from '../errors.ts';
import { displayName } from '../postgres/thread.ts';

/** What an integrity constraint violation (class 23; manual, appendix A) is about, as far as the server names it. */
export interface BrokenConstraint {
  readonly constraint?: string;
  readonly relation?: string;
  readonly column?: string;
  readonly detail?: string;
}

/** Details of these name the key; those of others show a whole row. */
const KEY_IN_DETAIL = ['23503', '23505', '23P01'];

/** Empty for any other error. */
export function brokenConstraint(error: unknown): BrokenConstraint {
  if (error instanceof Failure && error.cause !== undefined) return brokenConstraint(error.cause);
  if (!(error instanceof pg.DatabaseError) || error.code?.startsWith('23') !== true) return {};
  const { code, constraint, schema, table, column, detail } = error;
  return {
    ...(constraint === undefined ? {} : { constraint }),
    ...(table === undefined ? {} : { relation: displayName(schema ?? 'public', table) }),
    ...(column === undefined ? {} : { column }),
    ...(detail === undefined || !KEY_IN_DETAIL.includes(code) ? {} : { detail }),
  };
}
