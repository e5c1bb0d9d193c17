import { spawn } from 'node:child_process';

import { identityOf, type ServerUser } from './server-user.ts';

/** Asked of the operating system instead of computed from modes: access lists and mounts have a say too. */
export async function canEnter(user: ServerUser, directory: string): Promise<boolean> {
  if (user.kind === 'self') return true;
  return await new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', 'test -x "$1"', 'sh', directory], {
      ...identityOf(user),
      cwd: '/',
      stdio: 'ignore',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
