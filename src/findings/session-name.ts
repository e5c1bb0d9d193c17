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
  const query = statementText(session.query);
  return query === '' ? sessionName(session) : `${sessionName(session)} (${query})`;
}

/** On one line, and not longer than a sentence bears. */
export function statementText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
