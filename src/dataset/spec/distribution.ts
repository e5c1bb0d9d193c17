import type { Distribution } from '../../statistics/index.ts';
import type { DistributionEntry, FanOutEntry } from '../definition.ts';
import type { FanOutWeight } from '../model.ts';

/** pgbench's defaults are 2.5 standard deviations and no zipfian below 1.001; ours lean to what orders look like. */
const DEFAULT_EXPONENT = 1.1;
const DEFAULT_SPREAD = 3;
const DEFAULT_RATE = 5;

export function readDistribution(entry: DistributionEntry | undefined): Distribution {
  if (entry === undefined || entry === 'uniform') return { kind: 'uniform' };
  if (entry === 'zipfian') return { kind: 'zipfian', exponent: DEFAULT_EXPONENT };
  if (entry === 'gaussian') return { kind: 'gaussian', spread: DEFAULT_SPREAD };
  if (entry === 'exponential') return { kind: 'exponential', rate: DEFAULT_RATE };
  if ('zipfian' in entry) return { kind: 'zipfian', exponent: entry.zipfian };
  return 'gaussian' in entry
    ? { kind: 'gaussian', spread: entry.gaussian }
    : { kind: 'exponential', rate: entry.exponential };
}

/** How uneven the fan-out of neighbouring parents is. Without a word: exponential, so that counts vary as in life. */
export function readWeight({ distribution }: FanOutEntry): FanOutWeight {
  const read = distribution === undefined ? { kind: 'exponential' as const } : readDistribution(distribution);
  switch (read.kind) {
    case 'uniform':
      return { kind: 'even' };
    case 'zipfian':
      return { kind: 'zipfian', exponent: read.exponent };
    case 'exponential':
    case 'gaussian':
      return { kind: 'exponential' };
  }
}
