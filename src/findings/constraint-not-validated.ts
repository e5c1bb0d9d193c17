import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';

import { leftoverDetector } from './leftover-finding.ts';

export const constraintNotValidated = leftoverDetector({
  'unvalidated-constraint': {
    severity: 'warning',
    title: ({ name, relation }) => `the constraint ${name} on ${relation} was never validated`,
    why: 'rows from before may break it, and the planner does not rely on it',
    safer: ({ name, relation }) =>
      `validate it in a transaction of its own, which lets reads and writes go on\nALTER TABLE ${quoteRelation(relation)} VALIDATE CONSTRAINT ${quoteIdentifier(name)};`,
  },
});
