import { didYouMean } from '../document/index.ts';
import { Failure } from '../errors.ts';

import {
  isMetricName,
  LABELS,
  metricOf,
  METRICS,
  type LabelName,
  type Labels,
  type MetricName,
} from './metric.ts';
import type { Selector } from './threshold.ts';

const SELECTOR = /^\s*([\w-]+)\s*(?:\{([^{}]*)\})?\s*$/;

/** Throws `Failure('usage')`. */
export function parseSelector(text: string): Selector {
  const [, metric, labels] = SELECTOR.exec(text) ?? [];
  if (metric === undefined) {
    throw new Failure('usage', {
      message: `expected a metric such as response_time{phase:migration}, found ${JSON.stringify(text)}`,
    });
  }
  if (!isMetricName(metric)) {
    throw new Failure('usage', {
      message: `there is no metric ${JSON.stringify(metric)}`,
      hint: didYouMean(metric, Object.keys(METRICS)).hint ?? '',
    });
  }
  return { metric, labels: parseLabels(metric, labels ?? '') };
}

function parseLabels(metric: MetricName, text: string): Labels {
  if (text.trim() === '') return {};
  const entries = text.split(',').map((entry) => parseLabel(metric, entry));
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Failure('usage', { message: `the label ${twice} stands twice`, hint: 'keep one of them' });
  return Object.fromEntries(entries);
}

function parseLabel(metric: MetricName, text: string): readonly [LabelName, string] {
  const [, name = '', value = ''] = /^\s*([\w-]+)\s*:\s*(\S+)\s*$/.exec(text) ?? [];
  if (name === '') {
    throw new Failure('usage', {
      message: `expected a label such as phase:migration, found ${JSON.stringify(text.trim())}`,
    });
  }
  const { labels } = metricOf(metric);
  const label = labels.find((known) => known === name);
  if (label === undefined) {
    throw new Failure('usage', {
      message: `the metric ${metric} has no label ${JSON.stringify(name)}`,
      hint: labels.length === 0 ? 'it takes no labels' : (didYouMean(name, labels).hint ?? ''),
    });
  }
  const values: readonly string[] | undefined = LABELS[label];
  if (values !== undefined && !values.includes(value)) {
    throw new Failure('usage', {
      message: `there is no ${label} ${JSON.stringify(value)}`,
      hint: didYouMean(value, values).hint ?? '',
    });
  }
  return [label, value];
}
