import type { ServerNotice, Severity } from '../result/index.ts';

import type { Detector, Observed } from './observed.ts';

interface Note {
  readonly applies: (notice: ServerNotice) => boolean;
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  readonly safer: string | undefined;
}

const hasState =
  (...states: readonly string[]) =>
  ({ sqlState }: ServerNotice): boolean =>
    states.includes(sqlState);

/** By SQLSTATE (manual, appendix A), so that the server's language does not matter; the first that applies. */
const NOTES: readonly Note[] = [
  {
    applies: hasState('42622'),
    severity: 'warning',
    title: 'a name is longer than PostgreSQL keeps, and was cut',
    why: 'the object has another name than the migration says; a second long name may become the same one',
    safer: 'use names of up to 63 bytes',
  },
  {
    applies: hasState('25P01'),
    severity: 'warning',
    title: 'the migration ended a transaction that it had not begun',
    why: 'what stands before it was committed statement by statement, and does not roll back together',
    safer: 'write BEGIN before the first statement, or leave COMMIT and ROLLBACK out',
  },
  {
    applies: hasState('25001'),
    severity: 'warning',
    title: 'the migration began a transaction inside of a transaction',
    why: 'PostgreSQL does not nest them: the first COMMIT ends both, and what follows runs without',
    safer: 'let either the migration or its tool begin the transaction',
  },
  {
    applies: ({ severity, sqlState, message }) =>
      severity === 'NOTICE' && sqlState === '00000' && / does not exist, skipping$/.test(message),
    severity: 'info',
    title: 'what the migration drops or alters is not there',
    why: 'a misspelled name after IF EXISTS looks like this as well',
    safer: 'compare the name with the schema of production',
  },
  {
    applies: hasState('42P07', '42701', '42710', '42P06', '42723'),
    severity: 'info',
    title: 'what the migration creates was there before',
    why: 'IF NOT EXISTS compares names only: what is there may be something else, such as an invalid index',
    safer: 'compare its definition with what the migration wants',
  },
  {
    applies: ({ severity }) => severity === 'WARNING',
    severity: 'warning',
    title: 'the server warned the migration',
    why: 'a warning changes nothing by itself, but the server rarely gives one without need',
    safer: undefined,
  },
];

/** One finding a step and kind of notice. */
export const serverNotice: Detector = ({ result }) =>
  (result.migration?.steps ?? []).flatMap((step, index) => {
    const notices = step.statements.flatMap((one, statement) =>
      one.notices.map((notice) => ({ ...notice, statement })),
    );
    const byNote = NOTES.map((note, place) => ({
      note,
      said: notices.filter((notice) => NOTES.findIndex(({ applies }) => applies(notice)) === place),
    }));
    return byNote.flatMap(({ note, said }) =>
      said.length === 0 ? [] : [{ step: index, statement: onlyStatement(said), ...noted(note, said) }],
    );
  });

function onlyStatement(said: readonly { readonly statement: number }[]): number | undefined {
  const [first, ...rest] = new Set(said.map(({ statement }) => statement));
  return rest.length === 0 ? first : undefined;
}

const MOST = 5;

function noted({ severity, title, why, safer }: Note, said: readonly ServerNotice[]): Observed {
  const messages = [...new Set(said.map((notice) => `${notice.severity}: ${notice.message}`))];
  const more = messages.length - MOST;
  return {
    severity,
    title,
    evidence: [...messages.slice(0, MOST), ...(more > 0 ? [`and ${more} more of the kind`] : [])],
    why,
    safer,
  };
}
