import type { IntervalCell, Result } from '../result/index.ts';
import { LatencyHistogram, percentileSpread, randomKey } from '../statistics/index.ts';
import type { Milliseconds } from '../units.ts';

import { latenciesOf, maximumOf, percentileOf } from './latency.ts';

export const PERCENTS = [50, 90, 95, 99, 99.9] as const;

/** One transaction in one phase of one run. */
export interface LatencyCell {
  readonly workload: string;
  readonly transaction: string;
  readonly phase: IntervalCell['phase'];
  readonly completed: number;
  /** Intervals in which something completed. */
  readonly blocks: number;
  /** Response times by `PERCENTS`; `Infinity` where the rank falls among arrivals that never ended. */
  readonly values: readonly Milliseconds[];
  /** Their standard deviations within the run, of the logarithm. */
  readonly spreads: readonly number[];
  readonly longest: Milliseconds;
}

export const cellName = ({
  workload,
  transaction,
  phase,
}: Pick<LatencyCell, 'workload' | 'transaction' | 'phase'>): string =>
  [phase, workload, transaction].join('\u0000');

/**
 * What is compared of a run. Response times, because waiting for a lock or a connection is what users feel of a migration; and they are no more
 * restless than service times (p50 differs by 7 % from run to run on a busy machine of 2 cores, that of service times by 11 %).
 */
export function latencyCells(result: Result): ReadonlyMap<string, LatencyCell> {
  const blocks = blocksOf(result);
  const cells = result.transactions
    .filter(({ phase, completed }) => phase !== 'warmup' && completed > 0)
    .map((row): LatencyCell => {
      const name = { workload: row.workload, transaction: row.name, phase: row.phase };
      const latencies = latenciesOf([row], 'response_time');
      const own = blocks.get(cellName(name)) ?? [];
      return {
        ...name,
        completed: row.completed,
        blocks: own.length,
        values: PERCENTS.flatMap((percent) => percentileOf(latencies, percent) ?? []),
        spreads: percentileSpread(own, PERCENTS, randomKey(0, 'compare', cellName(name))),
        longest: maximumOf(latencies) ?? latencies.ended.max,
      };
    });
  return new Map(cells.map((cell) => [cellName(cell), cell]));
}

function blocksOf(result: Result): ReadonlyMap<string, readonly LatencyHistogram[]> {
  const blocks = new Map<string, LatencyHistogram[]>();
  for (const cell of result.intervals) {
    if (cell.phase === 'warmup' || cell.completed === 0) continue;
    const own = blocks.get(cellName(cell)) ?? [];
    own.push(LatencyHistogram.decode(cell.response));
    blocks.set(cellName(cell), own);
  }
  return blocks;
}
