import type { ReportedRun } from '#rooms/comparison/index.js';
import type { IntervalCell, PhaseResult } from '#rooms/result/index.js';
import { LatencyHistogram, RandomDraws, randomKey, standardNormal } from '#rooms/statistics/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { asReport, phase, resultOf, transaction } from '../result/sample.js';

/* Runs as they come out of a busy machine: each has a mood, and so has each of its seconds and transactions. */

export interface Invented {
  /** Runs of the same seed are the same. */
  readonly seed: number;
  /** Of `rare`: how much longer the three calls of a hundred take that wait for somebody else. */
  readonly slowdown?: number;
  /** Of everything in the migration phase. */
  readonly migrationFactor?: number;
}

const PHASES = [
  { name: 'baseline', seconds: 8 },
  { name: 'migration', seconds: 6 },
] as const satisfies readonly { name: PhaseResult['name']; seconds: number }[];
const MEDIANS = { page: 3, list: 5, order: 8, rare: 2 };
const PER_SECOND = 110;

/** Standard deviations of the logarithm, as measured on identical runs. */
const MOODS = { run: 0.1, transaction: 0.06, second: 0.2, call: 0.5 };

export function inventedRun(of: Invented): ReportedRun {
  const draws = new RandomDraws(randomKey(of.seed, 'invented run')).at(0);
  const mood = (spread: number): number => Math.exp(spread * standardNormal(draws));
  const ofRun = mood(MOODS.run);
  const rows = PHASES.flatMap(({ name, seconds }) =>
    Object.entries(MEDIANS).map(([title, median]) => {
      const level =
        median * ofRun * mood(MOODS.transaction) * (name === 'migration' ? (of.migrationFactor ?? 1) : 1);
      const blocks = Array.from({ length: seconds }, () => {
        const ofSecond = level * mood(MOODS.second);
        return Array.from({ length: PER_SECOND }, () => {
          const waits = title === 'rare' && draws.next() < 0.03 ? 40 * (of.slowdown ?? 1) : 0;
          return waits + ofSecond * mood(MOODS.call);
        });
      });
      return { title, name, blocks };
    }),
  );
  const result = resultOf({
    phases: [phase('baseline', 0, 8_000), phase('migration', 8_000, 6_000)],
    transactions: rows.map(({ title, name, blocks }) =>
      transaction(title, name, { response: blocks.flat() }),
    ),
    intervals: rows.flatMap(({ title, name, blocks }) =>
      blocks.map((values, index) => cell(title, name, (name === 'migration' ? 8 : 0) + index, values)),
    ),
  });
  return { file: `run-${of.seed}/report.json`, report: asReport(result) };
}

function cell(
  title: string,
  of: IntervalCell['phase'],
  interval: number,
  values: readonly number[],
): IntervalCell {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(ms(value));
  const response = histogram.encode();
  const counts = { due: values.length, completed: values.length, failed: 0, dropped: 0 };
  const latencies = { response, service: response, queueWait: response, dispatchLag: response };
  return { interval, transaction: title, workload: 'main', phase: of, ...counts, ...latencies };
}
