import { Failure, messageOf, redact } from '../errors.ts';
import { displayAddress, type ConnectionSettings, type Purpose } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { openMode, passwordFilePath, passwordFor } from './password-file.ts';
import { poolerFailure } from './pooler-failure.ts';

/** Why no session could be opened, with what helps where that is known. */
export function openingFailure(error: unknown, purpose: Purpose, settings: ConnectionSettings): Failure {
  const message = redact(messageOf(error));
  // PgBouncer; no server of PostgreSQL's refuses `options`.
  if (settings.isPooled !== true && /unsupported startup parameter/i.test(message))
    return poolerFailure(settings, `it says ${message}`);
  const where = displayAddress(settings);
  if (isWithoutPassword(error, settings))
    return new Failure('target.unavailable', {
      message: `cannot open ${sessionOf(purpose)}: the server asks for a password, and there is none (${message})`,
      where,
      hint: passwordHint(),
      cause: error,
    });
  return new Failure('target.unavailable', {
    message: `cannot open ${sessionOf(purpose)}: ${message}`,
    where,
    cause: error,
  });
}

/** `a traffic session`, `an audit session`. */
const sessionOf = (purpose: Purpose): string => `${/^[ao]/.test(purpose) ? 'an' : 'a'} ${purpose} session`;

/** `pg` throws the first when it has none to answer with; 28P01: the one it has, or the lack of one, is wrong. */
function isWithoutPassword(error: unknown, settings: ConnectionSettings): boolean {
  if (/client password must be a /.test(messageOf(error))) return true;
  if (sqlStateOf(error) !== '28P01' || settings.password !== '') return false;
  return passwordFor(settings) === '';
}

function passwordHint(): string {
  const file = passwordFilePath();
  const mode = openMode(file);
  return mode === undefined
    ? `PGPASSWORD gives it, or a line host:port:database:user:password in ${file} (mode 0600)`
    : `${file} is not read, for others may: its mode is 0${mode.toString(8)}, and has to be 0600`;
}
