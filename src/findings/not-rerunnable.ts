import type { Rerun, SchemaChange } from '../result/index.ts';
import { formatCount } from '../units.ts';

import type { Detector } from './observed.ts';
import { andList } from './work-sentence.ts';

const MOST = 6;

/** A second run that did something: a deployment that is repeated, or goes on after a failure, does it too. */
export const notRerunnable: Detector = ({ result: { rerun } }) => {
  if (rerun === undefined || rerun.outcome === 'unchanged' || rerun.outcome === 'failed-cleanly') return [];
  const halfDone = rerun.outcome === 'left-half-done';
  return [
    {
      severity: halfDone ? 'danger' : 'warning',
      step: rerun.step,
      title: halfDone
        ? 'run a second time, the migration failed half-way'
        : 'run a second time, the migration changed the database again',
      evidence: [...(rerun.error === undefined ? [] : [`failed: ${rerun.error}`]), ...whatItDid(rerun)],
      safer:
        'let each statement find out whether its work is done (IF NOT EXISTS, IF EXISTS, ON CONFLICT DO NOTHING, WHERE … IS NULL), or put all of them into one transaction that fails as a whole',
    },
  ];
};

function whatItDid({ changes, rows, rewritten, leftovers }: Rerun): readonly string[] {
  const more = changes.length - MOST;
  return [
    ...changes.slice(0, MOST).map(changeSentence),
    ...(more > 0 ? [`and ${formatCount(more)} more changes of the schema`] : []),
    ...rows.map(
      ({ relation, inserted, updated, deleted }) =>
        `${relation}: ${formatCount(inserted)} rows inserted, ${formatCount(updated)} updated, ${formatCount(deleted)} deleted`,
    ),
    ...(rewritten.length === 0 ? [] : [`wrote ${andList(rewritten)} anew`]),
    ...leftovers.map(({ kind, name }) => `left behind: ${kind} ${name}`),
  ];
}

function changeSentence({ change, fact: { kind, relation, name, definition } }: SchemaChange): string {
  return `${change} the ${kind} ${name}${relation === '' ? '' : ` on ${relation}`}: ${definition}`;
}
