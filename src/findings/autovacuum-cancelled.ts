import { quoteRelation } from '../postgres/index.ts';
import type { AutovacuumCancelled } from '../result/index.ts';

import type { Detector, Observed } from './observed.ts';

/** One finding a table. */
export const autovacuumCancelled: Detector = ({ result }) => {
  const cancelled = result.aftermath?.autovacuumCancelled ?? [];
  const relations = [...new Set(cancelled.map(({ relation }) => relation))];
  return relations.map((relation) =>
    found(
      relation,
      cancelled.filter((one) => one.relation === relation),
    ),
  );
};

function found(relation: string, cancelled: readonly AutovacuumCancelled[]): Observed {
  const times = cancelled.length === 1 ? 'once' : `${cancelled.length} times`;
  const works = [...new Set(cancelled.map(({ work }) => work))].join(' and ');
  const table = relation === '' ? 'a table' : relation;
  const isLogged = cancelled.some(({ source }) => source === 'log');
  return {
    severity: 'warning',
    relation: relation === '' ? undefined : relation,
    title: `autovacuum of ${table} was cancelled for the migration's lock`,
    evidence: [
      isLogged
        ? `the server cancelled its automatic ${works} of ${table} ${times}`
        : `the migration waited behind the automatic ${works} of ${table} for longer than deadlock_timeout, which cancels it`,
    ],
    safer: [
      'run the migration when autovacuum is not at work on the table, and vacuum it afterwards',
      ...(relation === ''
        ? []
        : [
            `SELECT pid, phase FROM pg_stat_progress_vacuum WHERE relid = '${quoteRelation(relation).replaceAll("'", "''")}'::regclass;`,
            `VACUUM (ANALYZE) ${quoteRelation(relation)};`,
          ]),
    ].join('\n'),
  };
}
