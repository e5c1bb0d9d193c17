import type { Result, StepResult } from '../result/index.ts';
import { formatCount, formatDuration, formatRate, milliseconds, perSecond } from '../units.ts';

import { activityIn, rateIn, tableIn } from './activity.ts';
import type { Detector, Observed } from './observed.ts';
import { plainName } from './plain-name.ts';

/** Below this multiple of the inserts the backfill hardly gains on them. */
const HARDLY = 3;
/** A shorter backfill is a burst whose rate says nothing. */
const SHORTEST = milliseconds(500);

/** A backfill that new rows outrun never ends, if they need it too. */
export const backfillSlowerThanInserts: Detector = ({ result }) =>
  (result.migration?.steps ?? []).flatMap((step, index) => {
    const { backfill, duration } = step;
    const baseline = activityIn(result, 'baseline');
    const inserted = tableIn(baseline, plainName(backfill?.table ?? ''))?.inserted ?? 0;
    if (backfill === undefined || baseline === undefined || duration < SHORTEST || inserted === 0) return [];
    const rate = (backfill.rows * 1_000) / duration;
    const inserts = rateIn(baseline, inserted);
    return rate > HARDLY * inserts ? [] : [slow(result, step, { index, rate, inserts })];
  });

interface Rates {
  readonly index: number;
  readonly rate: number;
  readonly inserts: number;
}

function slow(result: Result, { backfill, duration }: StepResult, { index, rate, inserts }: Rates): Observed {
  const table = plainName(backfill?.table ?? '');
  const never = rate <= inserts;
  return {
    severity: never ? 'danger' : 'warning',
    step: index,
    relation: table,
    title: never
      ? `the backfill of ${table} is slower than its inserts: it never ends while new rows need it`
      : `the backfill of ${table} is hardly faster than its inserts`,
    evidence: [
      `backfilled ${formatCount(backfill?.rows ?? 0)} rows in ${formatDuration(duration)}: ${formatRate(perSecond(rate))}`,
      `the traffic inserts ${formatRate(perSecond(inserts))} into ${table}`,
    ],
    estimate: estimateOf(result, table, { rate, inserts }),
    safer:
      'first let new rows come complete (a default, or a trigger), so that only the old ones are left; then larger batches with a shorter pause, along an index on the key',
  };
}

function estimateOf(
  { dataset }: Result,
  table: string,
  { rate, inserts }: Omit<Rates, 'index'>,
): string | undefined {
  const rows = (dataset.rows[table] ?? 0) / dataset.scale;
  if (rows === 0 || rate <= inserts) return undefined;
  const time = milliseconds((rows * 1_000) / (rate - inserts));
  return `${formatCount(rows)} rows at scale 1 take about ${formatDuration(time)} at ${formatRate(perSecond(rate))} less ${formatRate(perSecond(inserts))} of new rows`;
}
