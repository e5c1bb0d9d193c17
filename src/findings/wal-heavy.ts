import type { PhaseActivity, Result, Severity } from '../result/index.ts';
import { bytes, formatDuration, formatSize, type Bytes } from '../units.ts';

import { activityIn, rateIn } from './activity.ts';
import type { Detector } from './observed.ts';

/** Of what the traffic writes in the same time. */
const MULTIPLE = 3;
/** At scale 1; less is nothing to a standby or an archive. */
const LEAST = 64 * 1024 ** 2;
const MUCH = 1024 ** 3;
/** Catalog changes and a checkpoint's full pages alone write some. */
const LEAST_MEASURED = 1024 ** 2;

/** The migration wrote a multiple of what the traffic writes: standbys, backups and archives have to take it. */
export const walHeavy: Detector = ({ result }) => {
  const { migration } = result;
  const [before, during] = [activityIn(result, 'baseline'), activityIn(result, 'migration')];
  if (migration === undefined || before === undefined || during === undefined) return [];
  const own = ownBytes(before, during);
  const usual = rateIn(before, before.walBytes);
  const rate = migration.duration <= 0 ? 0 : (own * 1_000) / migration.duration;
  const atFullScale = bytes(own / Math.min(1, result.dataset.scale));
  if (own < LEAST_MEASURED || rate < MULTIPLE * usual || atFullScale < LEAST) return [];
  return [
    {
      severity: (atFullScale >= MUCH ? 'warning' : 'info') satisfies Severity,
      title: `the migration wrote ${formatSize(own)} of WAL, ${usual > 0 ? `${Math.round(rate / usual)} times as fast as the traffic alone` : 'where the traffic writes none'}`,
      evidence: [
        `${formatSize(own)} in ${formatDuration(migration.duration)}: ${formatSize(bytes(rate))}/s beyond the ${formatSize(bytes(usual))}/s of the traffic`,
      ],
      estimate:
        result.dataset.scale >= 1
          ? undefined
          : `${formatSize(own)} at scale ${result.dataset.scale} → about ${formatSize(atFullScale)} at scale 1, linear in rows`,
      safer: walSafer(result),
    },
  ];
};

/** In the migration phase beyond what the traffic writes in as long a time. */
function ownBytes(before: PhaseActivity, during: PhaseActivity): Bytes {
  const usual = (rateIn(before, before.walBytes) * during.duration) / 1_000;
  return bytes(Math.max(0, during.walBytes - usual));
}

function walSafer({ migration }: Result): string {
  const isBackfill = migration?.steps.some(({ backfill }) => backfill !== undefined) === true;
  return isBackfill
    ? 'smaller batches with a longer pause spread it out; watch the lag of the standbys and stop while it grows'
    : 'spread the work out: instead of a rewrite add a column and backfill it in batches with a pause; watch the lag of the standbys meanwhile';
}
