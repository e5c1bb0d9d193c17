import { existsSync, statSync } from 'node:fs';

import { Failure, messageOf, redact } from '../errors.ts';
import { displayAddress, type ConnectionSettings, type Purpose } from './connection.ts';
import { sqlStateOf } from './error-class.ts';
import { passwordFilePath } from './password-file.ts';
import { poolerFailure } from './pooler-failure.ts';

/** Why no session could be opened, with what helps where that is known. */
export function openingFailure(error: unknown, purpose: Purpose, settings: ConnectionSettings): Failure {
  const message = redact(messageOf(error));
  // PgBouncer; no server of PostgreSQL's refuses `options`.
  if (/unsupported startup parameter/i.test(message)) return poolerFailure(settings, `it says ${message}`);
  const where = displayAddress(settings);
  if (settings.password === '' && isAboutPassword(error))
    return new Failure('target.unavailable', {
      message: `cannot open a ${purpose} session: the server asks for a password, and there is none (${message})`,
      where,
      hint: passwordHint(),
      cause: error,
    });
  return new Failure('target.unavailable', {
    message: `cannot open a ${purpose} session: ${message}`,
    where,
    cause: error,
  });
}

/** 28P01: the password is wrong; `pg` throws the other one when it has none to answer with. */
const isAboutPassword = (error: unknown): boolean =>
  sqlStateOf(error) === '28P01' || /client password must be a /.test(messageOf(error));

function passwordHint(): string {
  const file = passwordFilePath();
  const usual = `PGPASSWORD gives it, or a line host:port:database:user:password in ${file}`;
  if (!existsSync(file)) return `${usual} (mode 0600)`;
  const mode = statSync(file).mode & 0o777;
  return (mode & 0o077) === 0
    ? usual
    : `${file} is not read, for others may: its mode is 0${mode.toString(8)}, and has to be 0600`;
}
