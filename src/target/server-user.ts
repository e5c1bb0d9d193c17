import { readFileSync } from 'node:fs';

import { Failure } from '../errors.ts';

/** Who runs the server: the user of the harness, or somebody without privileges where that is root. */
export type ServerUser =
  | { readonly kind: 'self' }
  | { readonly kind: 'other'; readonly name: string; readonly uid: number; readonly gid: number };

/** In this order; `nobody` exists on every system, and initdb needs an entry in the user database. */
const UNPRIVILEGED_USERS = ['postgres', 'nobody'];

/** PostgreSQL refuses to run as root. Throws `Failure('target.unavailable')`. */
export function findServerUser(): ServerUser {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const users = parseUserDatabase(readFileSync('/etc/passwd', 'utf8'));
  for (const name of UNPRIVILEGED_USERS) {
    const user = users.get(name);
    if (user !== undefined) return { kind: 'other', name, ...user };
  }
  throw new Failure('target.unavailable', {
    message: `PostgreSQL refuses to run as root, and there is no user ${UNPRIVILEGED_USERS.join(' or ')} to run it as`,
    where: '/etc/passwd',
    hint: 'run pg-rehearse as a normal user',
  });
}

/** `name:password:uid:gid:…`, one user a line (passwd(5)). */
export function parseUserDatabase(
  text: string,
): ReadonlyMap<string, { readonly uid: number; readonly gid: number }> {
  const users = new Map<string, { uid: number; gid: number }>();
  for (const line of text.split('\n')) {
    const [, name = '', uid = '', gid = ''] = /^([^:#]+):[^:]*:(\d+):(\d+):/.exec(line) ?? [];
    if (name !== '' && !users.has(name)) users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return users;
}

/** The part of spawn's options that switches the user. */
export function identityOf(user: ServerUser): { readonly uid?: number; readonly gid?: number } {
  switch (user.kind) {
    case 'self':
      return {};
    case 'other':
      return { uid: user.uid, gid: user.gid };
  }
}

/** As it stands in messages. */
export function displayUser(user: ServerUser): string {
  switch (user.kind) {
    case 'self':
      return 'the current user';
    case 'other':
      return `the user ${user.name}`;
  }
}
