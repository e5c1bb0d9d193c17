import { LatencyHistogram } from '../statistics/index.ts';

/*
 * What older files lack. Within a version fields are only added: a file that was written before one of them reads as if it said what was so at that
 * time. A version after 1 adds its own step here, from the version before.
 */

/** Files of today's version stay what they are. */
export function upgraded(content: unknown, version: number): unknown {
  return version === 1 ? ADDED_TO_1.reduce(withDefault, withOldSpellings(content)) : content;
}

const NO_LATENCIES = {
  ...{ count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 },
  histogram: new LatencyHistogram().encode(),
};

interface Addition {
  /** `*`: every item of a list. */
  readonly path: readonly string[];
  readonly value: unknown;
}

const added = (path: string, value: unknown): Addition => ({ path: path.split('.'), value });

/** In the order in which they came. */
const ADDED_TO_1: readonly Addition[] = [
  added('warnings', []),
  added('intervals', []),
  added('scenario.workloads', []),
  added('phases.*.longestIdle', 0),
  added('transactions.*.workload', 'main'),
  added('transactions.*.dropped', 0),
  added('transactions.*.retried', 0),
  added('transactions.*.retries', 0),
  added('transactions.*.failedAfter', NO_LATENCIES),
  added('transactions.*.unfinished', NO_LATENCIES),
  added('timeline.points.*.dropped', 0),
  added('errors.*.workload', 'main'),
  added('errors.*.overcome', 0),
  added('generator.workers', 1),
  added('generator.garbageCollection', { longest: 0, total: 0, count: 0 }),
  added('actors.*.turns', 0),
  added('actors.*.failedTurns', 0),
  added('actors.*.start', 0),
  added('lockWaits.*.timing', 'sampled'),
  added('lockWaits.*.end', 'unseen'),
  added('observer.missing', []),
  added('observer.lockWaits', { seen: 0, exact: 0, attributed: 0 }),
  added('migration.steps.*.statements.*.notices', []),
];

function withDefault(content: unknown, { path: [name, ...rest], value }: Addition): unknown {
  if (name === '*') {
    return Array.isArray(content) ? content.map((item) => withDefault(item, { path: rest, value })) : content;
  }
  if (name === undefined || !isRecord(content)) return content;
  if (rest.length > 0) {
    return name in content
      ? { ...content, [name]: withDefault(content[name], { path: rest, value }) }
      : content;
  }
  return name in content ? content : { ...content, [name]: value };
}

/** The first files had the load of their one workload in the scenario itself, and `deadlock_timeout` as the server writes it. */
function withOldSpellings(content: unknown): unknown {
  if (!isRecord(content)) return content;
  const { scenario, observer } = content;
  return {
    ...content,
    ...(isRecord(scenario) && !('workloads' in scenario) && 'connections' in scenario
      ? { scenario: { ...scenario, workloads: [onlyWorkload(scenario)] } }
      : {}),
    ...(isRecord(observer) && observer['deadlockTimeout'] === '1s'
      ? { observer: { ...observer, deadlockTimeout: 1_000 } }
      : {}),
  };
}

const onlyWorkload = ({ rate, connections }: Readonly<Record<string, unknown>>): unknown => ({
  name: 'main',
  executor: 'constant-arrival-rate',
  connections,
  rate,
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
