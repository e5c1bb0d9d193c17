import { FINDINGS } from '../findings/index.ts';
import { AGGREGATES, metricOf, METRICS, type AggregateKind, type MetricName } from '../threshold/index.ts';

import { code, escaped, table } from './markdown-text.ts';

/** Every finding that a run can have, for the README. */
export function findingsTable(): string {
  return table(
    ['finding', 'what it says', "PostgreSQL's manual"],
    FINDINGS.map(({ id, title, manual }) => [code(id), escaped(title), escaped(manual)]),
    FINDINGS.length,
  );
}

/** Every metric that a threshold or a validity rule can be set on, for the README. */
export function metricsTable(): string {
  const names = Object.keys(METRICS) as readonly MetricName[]; // the keys of a literal table
  return table(
    ['metric', 'what it measures', 'conditions', 'labels'],
    names.map((name) => {
      const { meaning, aggregates, labels } = metricOf(name);
      const conditions = AGGREGATES.filter((kind) => kind in aggregates).map((kind) => code(SPELLED[kind]));
      return [
        code(name),
        escaped(meaning),
        conditions.join(', '),
        labels.map((label) => code(label)).join(', '),
      ];
    }),
    names.length,
  );
}

const SPELLED: Readonly<Record<AggregateKind, string>> = {
  percentile: 'p(99)',
  max: 'max',
  avg: 'avg',
  rate: 'rate',
  count: 'count',
};
