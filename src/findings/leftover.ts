import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';

import { formatCount } from '../units.ts';
import { leftoverDetector } from './leftover-finding.ts';
import type { Detector } from './observed.ts';

/** What has no finding of its own. */
export const leftBehind: Detector = (observed) => [...halfDone(observed), ...wholeServer(observed)];

const halfDone = leftoverDetector({
  'disabled-trigger': {
    severity: 'warning',
    title: ({ name, relation }) => `the trigger ${name} on ${relation} was left disabled`,
    why: 'what it would do is not done for any row that is written meanwhile; for a foreign key, nobody checks it',
    safer: ({ name, relation }) =>
      `enable it again, and mend what was written without it\nALTER TABLE ${quoteRelation(relation)} ENABLE TRIGGER ${quoteIdentifier(name)};`,
  },
  'idle-transaction': {
    severity: 'danger',
    title: ({ name }) => `the migration left a transaction open in the session ${name}`,
    why: 'its locks stay, and vacuum can remove nothing that is newer',
    safer: () => 'end each transaction that the migration begins, also when it fails',
  },
  session: {
    severity: 'warning',
    title: ({ name }) => `a command of the migration left the session ${name} connected`,
    why: 'it keeps a connection, its session locks and its temporary tables',
    safer: () => 'wait for everything that the command started, and close its connections',
  },
  'prepared-transaction': {
    severity: 'danger',
    title: ({ name }) => `the prepared transaction ${name} was neither committed nor rolled back`,
    why: 'its locks stay, even over a restart of the server',
    safer: ({ name }) => `end it\nROLLBACK PREPARED '${name.replaceAll("'", "''")}';`,
  },
  'unfinished-table': {
    severity: 'warning',
    title: ({ name }) =>
      `${TEMPORARY_NAME.test(name) ? 'the helper table' : 'the table'} ${name} of a migration that was not applied is still there`,
    why: 'the next try may stumble over it, and what keeps it filled goes on working',
    safer: ({ name }) =>
      `remove it, or let the migration go on from there\nDROP TABLE ${quoteRelation(name)};`,
  },
  'unfinished-column': {
    severity: 'warning',
    title: ({ name, relation }) =>
      `the column ${name} on ${relation} of a migration that was not applied is still there`,
    why: 'the next try fails with 42701 (duplicate_column) unless it expects the column',
    safer: ({ name, relation }) =>
      `remove it, or add it with IF NOT EXISTS so that a second try goes on\nALTER TABLE ${quoteRelation(relation)} DROP COLUMN ${quoteIdentifier(name)};`,
  },
  'unfinished-trigger': {
    severity: 'danger',
    title: ({ name, relation }) =>
      `the trigger ${name} on ${relation} of a migration that was not applied still fires`,
    why: 'every write to the table goes on paying for it, and fails with it',
    safer: ({ name, relation }) =>
      `remove it\nDROP TRIGGER ${quoteIdentifier(name)} ON ${quoteRelation(relation)};`,
  },
});

const MOST = 12;

/** One for all: nobody knows whose they are. */
const wholeServer: Detector = ({ result: { leftovers } }) => {
  const changes = leftovers.filter(({ kind }) => kind === 'cluster-change').map(({ name }) => name);
  if (changes.length === 0) return [];
  const more = changes.length - MOST;
  return [
    {
      severity: 'warning',
      title: 'while the run went on, something that belongs to the whole server was changed',
      evidence: [...changes.slice(0, MOST), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])],
      why: 'roles, other databases and the configuration are everybody’s: nobody puts them back, and the next run meets them',
      safer:
        'what belongs to the whole server is set up once and apart from migrations; undo by hand what the migration, and nobody else, has changed of it, or rehearse on a server of its own (--target embedded, or container:…)',
    },
  ];
};

/** How tools that copy a table (pg-osc, pgroll, gh-ost and the like) name what they need meanwhile. */
const TEMPORARY_NAME =
  /(?:^|[._])(?:pgosc|pgroll|gho|ghc|shadow|tmp|temp|new|old|audit)(?:_|$)|_(?:new|old|tmp|temp|shadow|gho|ghc)$/i;
