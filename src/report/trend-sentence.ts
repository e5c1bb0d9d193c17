import type { FigureChange, FigureTrend, FigureValue, TrendRun, TrendSegment } from '../comparison/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

import { VERDICT_LABELS } from './verdict-label.ts';

/* What a trend says, in the words that text, page and notifications share. */

/** `got worse on the night of 2026-11-23: p99 of order_page in the migration phase 12 ms → 31 ms`. */
export function changeSentence({ direction, at, title, unit, before, after }: FigureChange): string {
  return `got ${direction} on the night of ${day(at)}: ${title} ${valueText(before, unit)} → ${valueText(after, unit)}`;
}

export function valueText(value: FigureValue, unit: FigureTrend['unit']): string {
  if (value === null) return '–';
  if (value === 'no end') return value;
  return unit === 'milliseconds' ? formatDuration(milliseconds(value)) : formatCount(value);
}

/** All changes of a segment in the order of time: what somebody changed, the verdict, the figures. */
export function changeLines(segment: TrendSegment): readonly ChangeLine[] {
  const ofFigures = segment.changes.map((change) => ({
    run: change.run,
    direction: change.direction,
    text: changeSentence(change),
  }));
  const ofVerdict = segment.verdicts.map(({ run, at, from, to }): ChangeLine => ({
    run,
    direction: directionTo(to),
    text: `verdict of ${day(at)}: ${VERDICT_LABELS[from].word} → ${VERDICT_LABELS[to].word}`,
  }));
  const onPurpose = segment.runs.flatMap(({ startedAt, edited = [] }, run): readonly ChangeLine[] =>
    edited.length === 0
      ? []
      : [{ run, direction: 'edited', text: `${editText(edited)} before the run of ${day(startedAt)}` }],
  );
  return [...onPurpose, ...ofVerdict, ...ofFigures].toSorted((one, other) => one.run - other.run);
}

/** A run that was not judged says nothing of the migration: it got neither worse nor better. */
function directionTo(verdict: TrendRun['verdict']): ChangeLine['direction'] {
  if (verdict === 'pass') return 'better';
  return verdict === 'fail' || verdict === 'migration-failed' ? 'worse' : 'other';
}

/** `the migration and the statements of the traffic were edited`. */
export const editText = (edited: NonNullable<TrendRun['edited']>): string =>
  `${edited.map((part) => EDITED[part]).join(' and ')} ${edited.length === 1 && edited[0] === 'migration' ? 'was' : 'were'} edited`;

const EDITED = { migration: 'the migration', statements: 'the statements of the traffic' } as const;

export interface ChangeLine {
  readonly run: number;
  readonly direction: FigureChange['direction'] | 'edited' | 'other';
  readonly text: string;
}

/** Without a sign of change one must know whether there could be one. */
export const steadiness = ({ runs }: TrendSegment): string =>
  runs.filter(({ believable }) => believable).length < ENOUGH
    ? `a change can be told from chance after ${ENOUGH} runs that can be believed`
    : 'no figure changed its level';

const ENOUGH = 10;

/** `scale 0.03, PostgreSQL 18; other than before: scenario`. */
export function conditions({ scale, serverMajor, because }: TrendSegment): string {
  const server = serverMajor === undefined ? '' : `, PostgreSQL ${serverMajor}`;
  const differs =
    because.length === 0 ? '' : `; not comparable with the runs before: another ${because.join(', ')}`;
  return `scale ${scale}${server}${differs}`;
}

/** `24 runs, 2026-11-01 to 2026-11-24`. */
export function span({ runs }: TrendSegment): string {
  const [first, last] = [day(runs[0]?.startedAt ?? ''), day(runs.at(-1)?.startedAt ?? '')];
  const dates = first === last ? first : `${first} to ${last}`;
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${dates}`;
}

/** UTC. */
const day = (iso: string): string => iso.slice(0, 10);
