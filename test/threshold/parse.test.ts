import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ERROR_CLASSES } from '#rooms/postgres/index.js';
import { SEVERITIES } from '#rooms/result/index.js';
import {
  COMPARISONS,
  DEFAULT_THRESHOLDS,
  DEFAULT_VALIDITY,
  formatCondition,
  formatSelector,
  formatThreshold,
  LABELS,
  metricOf,
  METRICS,
  parseThreshold,
  type Aggregate,
  type AggregateKind,
  type Limit,
  type MetricName,
  type MetricUnit,
  type Quantity,
  type Threshold,
} from '#rooms/threshold/index.js';

describe('a threshold is read', () => {
  it.each([
    ['response_time{phase:migration,transaction:order_page}', 'p(99) < 1s'],
    ['response_time{phase:migration,transaction:*}', 'p(99) < max(10 * baseline, 100ms)'],
    ['response_time{phase:recovery}', 'p(95) < 1.2 * baseline'],
    ['failed', 'rate < 0.1%'],
    ['failed{class:deadlock}', 'count == 0'],
    ['lock_wait{kind:traffic}', 'max <= 2s'],
    ['achieved_rate', 'rate > 0.995'],
    ['samples{phase:migration}', 'count >= 100'],
  ])('%s: %s is printed as it was written', (selector, condition) => {
    const parsed = parseThreshold(selector, condition);
    expect(parsed.ok && formatThreshold(parsed.value)).toBe(`${selector} ${condition}`);
  });

  it('white space, order and other spellings do not matter', () => {
    expect(parseThreshold(' response_time { transaction:a , phase:migration } ', 'p( 99 )<1_000ms')).toEqual(
      parseThreshold('response_time{phase:migration,transaction:a}', 'p(99) < 1s'),
    );
    expect(parseThreshold('response_time{phase:migration}', 'max < max(1s, baseline)')).toEqual(
      parseThreshold('response_time{phase:migration}', 'max < max(1 * baseline, 1s)'),
    );
  });

  it.each([...DEFAULT_THRESHOLDS, ...DEFAULT_VALIDITY])(
    'the default $selector $condition is valid',
    (text) => {
      expect(parseThreshold(text.selector, text.condition)).toMatchObject({ ok: true });
    },
  );
});

describe('a mistake is named, with a way out', () => {
  it.each([
    ['respons_time', 'p(99) < 1s', 'there is no metric "respons_time"', 'did you mean "response_time"?'],
    ['{phase:migration}', 'p(99) < 1s', 'expected a metric', 'for example'],
    [
      'response_time{phase:migratoin}',
      'p(99) < 1s',
      'there is no phase "migratoin"',
      'did you mean "migration"?',
    ],
    ['response_time{fase:migration}', 'p(99) < 1s', 'has no label "fase"', 'did you mean "phase"?'],
    ['response_time{class:deadlock}', 'p(99) < 1s', 'has no label "class"', 'phase, transaction'],
    ['response_time{migration}', 'p(99) < 1s', 'expected a label', 'for example'],
    ['response_time{phase:migration,phase:recovery}', 'p(99) < 1s', 'stands twice', 'keep one'],
    ['leftovers{phase:migration}', 'count == 0', 'has no label', 'it takes no labels'],
    ['response_time', 'p99 < 1s', 'there is no aggregate "p99"', 'did you mean p(99)?'],
    ['response_time', '< 1s', 'expected a condition', 'p(99) < 1s'],
    ['response_time', 'p(101) < 1s', 'above 0 and up to 100', 'p(99.9)'],
    ['response_time', 'median < 1s', 'there is no aggregate "median"', 'known here'],
    ['response_time', 'max(3) < 1s', 'there is no aggregate "max(3)"', 'max'],
    ['response_time', 'rate < 0.1%', 'the metric response_time has no rate', 'it has: p(x), max, avg'],
    ['response_time', 'p(99) < 500', 'expected a duration', 'did you mean 500ms?'],
    ['response_time', 'p(99) < soon', 'expected a duration', 'for example'],
    ['leftovers', 'count = 0', 'there is no comparison "="', 'did you mean ==?'],
    ['leftovers', 'count => 0', 'there is no comparison "=>"', 'one of'],
    ['leftovers', 'count == 1s', 'expected a count', 'for example'],
    ['failed', 'rate < 1ms', 'expected a share', 'for example'],
    ['failed', 'rate < -1', 'expected a share', 'for example'],
    ['failed', 'rate < 5', 'a share is at most 100%, found 5', 'did you mean 5%?'],
    ['retried', 'rate < 120%', 'a share is at most 100%, found 120%', 'for example'],
    ['response_time', 'p(99) < 10 * baseline', 'needs another phase', 'response_time{phase:migration}'],
    ['leftovers', 'count < 2 * baseline', 'needs another phase', 'has no phases'],
  ])('%s: %s', (selector, condition, message, hint) => {
    expect(parseThreshold(selector, condition)).toEqual({
      ok: false,
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });
});

it('what is printed is read back as the same threshold', () => {
  fc.assert(
    fc.property(thresholds(), (threshold) => {
      const { selector, condition } = threshold;
      expect(parseThreshold(formatSelector(selector), formatCondition(condition))).toEqual({
        ok: true,
        value: threshold,
      });
    }),
  );
});

it('the labels know every error class and severity', () => {
  expect(LABELS.class).toEqual(ERROR_CLASSES);
  expect(LABELS.severity).toEqual(SEVERITIES);
});

function thresholds(): fc.Arbitrary<Threshold> {
  return fc.constantFrom(...(Object.keys(METRICS) as MetricName[])).chain((metric) => {
    const { aggregates, labels } = metricOf(metric);
    const label = {
      phase: fc.constantFrom(...LABELS.phase),
      transaction: fc.stringMatching(/^[a-z][\w.-]*$/),
      workload: fc.stringMatching(/^[a-z][\w.-]*$/),
      class: fc.constantFrom(...LABELS.class),
      kind: fc.constantFrom(...LABELS.kind),
      severity: fc.constantFrom(...LABELS.severity),
    };
    const chosen = Object.fromEntries(labels.map((name) => [name, label[name]]));
    return fc
      .record({
        labels: fc.record(chosen, { requiredKeys: [] }).map((values) => ({ ...values })),
        kind: fc.constantFrom(...(Object.keys(aggregates) as AggregateKind[])),
        percent: positive(100),
        comparison: fc.constantFrom(...COMPARISONS),
      })
      .chain(({ labels: values, kind, percent, comparison }) => {
        const aggregate: Aggregate = kind === 'percentile' ? { kind, percent } : { kind };
        const relative = values.phase !== undefined && values.phase !== 'baseline';
        return limits(kind === 'rate' ? 'rate' : aggregates[kind]!, relative).map((limit) => ({
          selector: { metric, labels: values },
          condition: { aggregate, comparison, limit },
        }));
      });
  });
}

function limits(unit: MetricUnit | 'rate', relative: boolean): fc.Arbitrary<Limit> {
  const fixed = quantities(unit).map((quantity): Limit => ({ kind: 'fixed', quantity }));
  if (!relative) return fixed;
  return fc.oneof(
    fixed,
    fc.record({
      kind: fc.constant('baseline' as const),
      factor: positive(1_000),
      atLeast: fc.option(quantities(unit), { nil: undefined }),
    }),
  );
}

function quantities(unit: MetricUnit | 'rate'): fc.Arbitrary<Quantity> {
  // Of a share of all things, there can be no more than all.
  if (unit === 'rate')
    return fc.oneof(
      fc.record({ unit: fc.constant('%' as const), value: positive(100) }),
      fc.record({ unit: fc.constant('none' as const), value: positive(1) }),
    );
  const units = { duration: ['ms'], share: ['%', 'none'], count: ['none'] } as const;
  return fc.record({ unit: fc.constantFrom(...units[unit]), value: positive(1e7) });
}

/** People write a few decimals. */
const positive = (highest: number): fc.Arbitrary<number> =>
  fc.integer({ min: 1, max: highest * 1_000 }).map((value) => value / 1_000);
