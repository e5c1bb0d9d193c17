import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';

import { cString, message, readMessage } from '../../target/index.ts';

import { HEADER } from './frames.ts';
import { CLIENT, readString, SERVER } from './protocol.ts';
import type { Parameters } from './startup.ts';

/** Who may come in. */
export interface Entry {
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

export interface Refusal {
  readonly sqlState: string;
  readonly message: string;
  readonly hint?: string;
}

/** Asks the client for the password, and tells it why it may not come in. Throws what the socket does. */
export async function admits(client: Socket, parameters: Parameters, entry: Entry): Promise<boolean> {
  client.write(PASSWORD_PLEASE);
  const answer = await readMessage(client, LONGEST_ANSWER);
  const refusal = answer === undefined ? NO_ANSWER : refusalOf(answer, parameters, entry);
  if (refusal !== undefined) turnAway(client, refusal);
  return refusal === undefined;
}

export function turnAway(client: Socket, refusal: Refusal): void {
  client.resume().end(fatalError(refusal));
}

/** Undefined: it may come in. */
export function refusalOf(answer: Buffer, parameters: Parameters, entry: Entry): Refusal | undefined {
  const user = parameters.get('user') ?? '';
  // Without a name it is that of the user (manual, 55.7, StartupMessage).
  const database = parameters.get('database') || user;
  if (answer[0] !== CLIENT.password) return NO_ANSWER;
  if (!isSame(readString(answer, HEADER).text, entry.password))
    return {
      sqlState: '28P01',
      message: `password authentication failed for user "${user}"`,
      hint: 'at this address a command of rehearse logs in with what is in its PGPASSWORD and DATABASE_URL, which holds for this step only',
    };
  if (user !== entry.user)
    return {
      sqlState: '28000',
      message: `at this address nobody but "${entry.user}" logs in, not "${user}"`,
      hint: 'a session becomes another role by SET ROLE',
    };
  if (database !== entry.database)
    return {
      sqlState: '28000',
      message: `at this address there is no database but that of the run, "${entry.database}"; not "${database}"`,
    };
  return undefined;
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** AuthenticationCleartextPassword: every client knows it, and it does not leave this machine. */
const PASSWORD_PLEASE = message('R', Buffer.from([0, 0, 0, 3]));
/** Bytes. */
const LONGEST_ANSWER = 1_000;
const NO_ANSWER: Refusal = { sqlState: '08P01', message: 'expected a password' };

/** ErrorResponse (manual, 55.8). */
function fatalError({ sqlState, message: text, hint }: Refusal): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: sqlState, M: text, ...(hint === undefined ? {} : { H: hint }) };
  const words = Object.entries(fields).map(([letter, value]) => cString(`${letter}${value}`));
  return message(String.fromCharCode(SERVER.error), ...words, Buffer.of(0));
}
