import type { SessionLabel } from '../result/index.ts';

/** `the actor nightly-report`. */
export function sessionName({ kind, name, pid }: SessionLabel): string {
  switch (kind) {
    case 'traffic':
      return 'a transaction of the traffic';
    case 'migration':
      return 'the migration';
    case 'actor':
      return `the actor ${name}`;
    case 'harness':
      return 'the harness';
    case 'autovacuum':
      return 'autovacuum';
    case 'other':
      return name === '' ? `another session (pid ${pid})` : `another session (${name}, pid ${pid})`;
  }
}

/** `the actor nightly-report (SELECT count(*) FROM orders)`. */
export function sessionAtWork(session: SessionLabel): string {
  const query = session.query.replace(/\s+/g, ' ').trim();
  if (query === '') return sessionName(session);
  return `${sessionName(session)} (${query.length > 60 ? `${query.slice(0, 59)}…` : query})`;
}
