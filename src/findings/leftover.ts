import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';
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
    safer: dropIndex,
  },
  'not-ready-index': {
    severity: 'warning',
    title: ({ name, relation }) => `the index ${name} on ${relation} was never finished`,
    consequence: 'nothing uses it, but updates of its columns can not be heap-only any more',
    safer: dropIndex,
  },
  'unvalidated-constraint': {
    severity: 'warning',
    title: ({ name, relation }) => `the constraint ${name} on ${relation} was never validated`,
    consequence: 'rows from before may break it, and the planner does not rely on it',
    safer: ({ name, relation }) =>
      `validate it in a transaction of its own, which lets reads and writes go on\nALTER TABLE ${quoteRelation(relation)} VALIDATE CONSTRAINT ${quoteRelation(name)};`,
  },
  'disabled-trigger': {
    severity: 'warning',
    title: ({ name, relation }) => `the trigger ${name} on ${relation} was left disabled`,
    consequence:
      'what it would do is not done for any row that is written meanwhile; for a foreign key, nobody checks it',
    safer: ({ name, relation }) =>
      `enable it again, and mend what was written without it\nALTER TABLE ${quoteRelation(relation)} ENABLE TRIGGER ${quoteIdentifier(name)};`,
  },
  'idle-transaction': {
    severity: 'danger',
    title: ({ name }) => `the migration left a transaction open in the session ${name}`,
    consequence: 'its locks stay, and vacuum can remove nothing that is newer',
    safer: () => 'end each transaction that the migration begins, also when it fails',
  },
  session: {
    severity: 'warning',
    title: ({ name }) => `a command of the migration left the session ${name} connected`,
    consequence: 'it keeps a connection, its session locks and its temporary tables',
    safer: () => 'wait for everything that the command started, and close its connections',
  },
  'prepared-transaction': {
    severity: 'danger',
    title: ({ name }) => `the prepared transaction ${name} was neither committed nor rolled back`,
    consequence: 'its locks stay, even over a restart of the server',
    safer: ({ name }) => `end it\nROLLBACK PREPARED '${name.replaceAll("'", "''")}';`,
  },
  'unfinished-table': {
    severity: 'warning',
    title: ({ name }) =>
      `${TEMPORARY_NAME.test(name) ? 'the helper table' : 'the table'} ${name} of a migration that was not applied is still there`,
    consequence: 'the next try may stumble over it, and what keeps it filled goes on working',
    safer: ({ name }) =>
      `remove it, or let the migration go on from there\nDROP TABLE ${quoteRelation(name)};`,
  },
  'unfinished-column': {
    severity: 'warning',
    title: ({ name, relation }) =>
      `the column ${name} on ${relation} of a migration that was not applied is still there`,
    consequence: 'the next try fails with 42701 (duplicate_column) unless it expects the column',
    safer: ({ name, relation }) =>
      `remove it, or add it with IF NOT EXISTS so that a second try goes on\nALTER TABLE ${quoteRelation(relation)} DROP COLUMN ${quoteIdentifier(name)};`,
  },
  'unfinished-trigger': {
    severity: 'danger',
    title: ({ name, relation }) =>
      `the trigger ${name} on ${relation} of a migration that was not applied still fires`,
    consequence: 'every write to the table goes on paying for it, and fails with it',
    safer: ({ name, relation }) =>
      `remove it\nDROP TRIGGER ${quoteIdentifier(name)} ON ${quoteRelation(relation)};`,
  },
};

/** How tools that copy a table (pg-osc, pgroll, gh-ost and the like) name what they need meanwhile. */
const TEMPORARY_NAME =
  /(?:^|[._])(?:pgosc|pgroll|gho|ghc|shadow|tmp|temp|new|old|audit)(?:_|$)|_(?:new|old|tmp|temp|shadow|gho|ghc)$/i;

/** REINDEX CONCURRENTLY names its new index _ccnew, and the old one that it could not drop _ccold (manual, REINDEX). */
function dropIndex({ name }: Leftover): string {
  const drop = `DROP INDEX CONCURRENTLY ${quoteRelation(name)};`;
  if (/_ccold\d*$/.test(name)) return `drop it: the index was rebuilt, and this is the old one\n${drop}`;
  if (/_ccnew\d*$/.test(name)) return `drop it and run REINDEX CONCURRENTLY again\n${drop}`;
  return `drop it and build it again\n${drop}`;
}

export const leftBehind: Detector = ({ result }) => {
  return result.leftovers.map((leftover) => {
    const { severity, title, consequence, safer } = KINDS[leftover.kind];
    const relation = leftover.relation === '' ? undefined : leftover.relation;
    return { severity, relation, title: title(leftover), evidence: [consequence], safer: safer(leftover) };
  });
};
