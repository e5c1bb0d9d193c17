import { Failure } from '../errors.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';

/** What initdb makes: others connect to it, or get its tables in each database that they create. */
const RESERVED = ['postgres', 'template0', 'template1'];

export interface Use {
  /** `to fill`. */
  readonly what: string;
  readonly hint: string;
}

/** Throws `Failure('usage')` for a database that belongs to the server itself, or is a template. */
export function requireOrdinary(
  connection: ConnectionSettings,
  { what, hint }: Use,
  isTemplate = false,
): void {
  const { database } = connection;
  if (!isTemplate && !RESERVED.includes(database)) return;
  throw new Failure('usage', {
    where: displayAddress(connection),
    message: `expected a database of your own ${what}, found ${database}, ${isTemplate ? 'a template (datistemplate)' : 'which belongs to the server itself'}`,
    hint,
  });
}
