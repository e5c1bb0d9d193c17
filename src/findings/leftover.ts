import { quoteRelation } from '../postgres/index.ts';
import type { Leftover, Severity } from '../result/index.ts';

import type { Detector } from './observed.ts';

interface LeftoverKind {
  readonly severity: Severity;
  readonly title: (leftover: Leftover) => string;
  readonly consequence: string;
  readonly safer: (leftover: Leftover) => string;
}

const KINDS: Readonly<Record<Leftover['kind'], LeftoverKind>> = {
  'invalid-index': {
    severity: 'warning',
    title: ({ name, relation }) => `the index ${name} on ${relation} is invalid`,
    consequence: 'every write keeps it up to date, and no query uses it',
    safer: ({ name }) => `drop it and build it again\nDROP INDEX CONCURRENTLY ${quoteRelation(name)};`,
  },
  'unvalidated-constraint': {
    severity: 'warning',
    title: ({ name, relation }) => `the constraint ${name} on ${relation} was never validated`,
    consequence: 'rows from before may break it, and the planner does not rely on it',
    safer: ({ name, relation }) =>
      `validate it in a transaction of its own, which lets reads and writes go on\nALTER TABLE ${quoteRelation(relation)} VALIDATE CONSTRAINT ${quoteRelation(name)};`,
  },
  'idle-transaction': {
    severity: 'danger',
    title: ({ name }) => `the migration left a transaction open in the session ${name}`,
    consequence: 'its locks stay, and vacuum can remove nothing that is newer',
    safer: () => 'end each transaction that the migration begins, also when it fails',
  },
  'prepared-transaction': {
    severity: 'danger',
    title: ({ name }) => `the prepared transaction ${name} was neither committed nor rolled back`,
    consequence: 'its locks stay, even over a restart of the server',
    safer: ({ name }) => `end it\nROLLBACK PREPARED '${name.replaceAll("'", "''")}';`,
  },
};

export const leftBehind: Detector = ({ result }) => {
  return result.leftovers.map((leftover) => {
    const { severity, title, consequence, safer } = KINDS[leftover.kind];
    const relation = leftover.relation === '' ? undefined : leftover.relation;
    return { severity, relation, title: title(leftover), evidence: [consequence], safer: safer(leftover) };
  });
};
