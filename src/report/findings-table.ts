import { FINDINGS } from '../findings/index.ts';

import { code, escaped, table } from './markdown-text.ts';

/** Every finding that a run can have, for the README. */
export function findingsTable(): string {
  return table(
    ['finding', 'what it says', "PostgreSQL's manual"],
    FINDINGS.map(({ id, title, manual }) => [code(id), escaped(title), escaped(manual)]),
    FINDINGS.length,
  );
}
