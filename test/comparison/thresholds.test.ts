import { describe, expect, it } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import type { Result, ThresholdOutcome } from '#rooms/result/index.js';
import { METRICS } from '#rooms/threshold/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  HEALTHY_TRANSACTIONS,
  resultOf,
  scenarioOf,
  session,
  times,
  transaction,
  wait,
} from '../result/sample.ts';

const held = (selector: string, condition: string, changes: Partial<Result> = {}): ThresholdOutcome => {
  const scenario = scenarioOf({ thresholds: [{ selector, condition }] });
  const [outcome] = judge(resultOf({ ...changes, scenario })).thresholds;
  return outcome!;
};
const only = (...transactions: readonly ReturnType<typeof transaction>[]): Partial<Result> => ({
  transactions,
});
const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe('thresholds of a scenario', () => {
  it('are printed as written, with what was measured', () => {
    const changes = only(transaction('order_page', 'migration', { response: times(200, 1_200) }));
    expect(held('response_time{phase:migration}', 'p(99) < 1s', changes)).toEqual({
      rule: 'response_time{phase:migration} p(99) < 1s',
      default: false,
      outcome: 'broken',
      measured: '1.2 s',
      limit: '< 1 s',
    });
  });

  it.each<[string, string, string, string]>([
    ['response_time{phase:migration}', 'p(50) < 51ms', 'met', '50 ms'],
    ['response_time{phase:migration}', 'p(50) < 50ms', 'broken', '50 ms'],
    ['response_time{phase:migration}', 'max < 100ms', 'broken', '100 ms'],
    ['response_time{phase:migration}', 'avg < 60ms', 'met', '51 ms'],
    ['service_time{phase:migration}', 'max < 1s', 'met', '100 ms'],
    ['queue_wait{phase:migration}', 'max < 1ms', 'met', '0.1 ms'],
    ['dispatch_lag{phase:migration}', 'p(99) < 0.1ms', 'broken', '0.5 ms'],
    ['samples', 'count >= 101', 'broken', '100'],
    ['samples{phase:migration,transaction:order_page}', 'count == 100', 'met', '100'],
    ['no_completion{phase:migration}', 'max < 10ms', 'broken', '20 ms'],
    ['achieved_rate', 'rate > 99.5%', 'met', '100 %'],
    ['event_loop_utilization', 'max < 0.1', 'broken', '20 %'],
    ['observer_gap', 'max < 1s', 'met', '80 ms'],
    ['leftovers', 'count != 0', 'broken', '0'],
  ])('%s %s is %s', (selector, condition, outcome, measured) => {
    const changes = only(transaction('order_page', 'migration', { response: hundred }));
    expect(held(selector, condition, changes)).toMatchObject({ outcome, measured });
  });

  it('every metric can be judged', () => {
    for (const [metric, { aggregates }] of Object.entries(METRICS)) {
      for (const aggregate of Object.keys(aggregates)) {
        const unit = aggregates[aggregate as keyof typeof aggregates];
        const limit = unit === 'duration' ? '1h' : aggregate === 'rate' ? '1' : '1000000';
        const spelled = aggregate === 'percentile' ? 'p(99)' : aggregate;
        expect(held(metric, `${spelled} <= ${limit}`), `${metric} ${spelled}`).toMatchObject({
          outcome: 'met',
        });
      }
    }
  });

  it('without a phase leave out the warm-up only', () => {
    const slow = [
      transaction('order_page', 'warmup', { response: times(9, 5_000) }),
      ...HEALTHY_TRANSACTIONS,
    ];
    expect(held('response_time', 'max < 1s', only(...slow)).outcome).toBe('met');
    expect(held('response_time{phase:warmup}', 'max < 1s', only(...slow)).outcome).toBe('broken');
  });

  it('count failed arrivals by their class', () => {
    const changes = only(
      transaction('order_page', 'migration', {
        response: times(97, 3),
        failedByClass: { deadlock: 2, other: 1 },
      }),
    );
    expect(held('failed', 'rate < 2.5%', changes)).toMatchObject({
      outcome: 'broken',
      measured: '3 % (3 of 100)',
    });
    expect(held('failed{class:deadlock}', 'rate < 2.5%', changes)).toMatchObject({
      outcome: 'met',
      measured: '2 % (2 of 100)',
    });
    expect(held('failed{class:schema_drift}', 'count == 0', changes).outcome).toBe('met');
  });

  it('see the lock waits of one kind of session in one phase, and count those left out', () => {
    const lockWaits = [
      wait({ for: 300 }),
      wait({ for: 900, waiter: session('migration', 'step') }),
      wait({ for: 5_000, startedAt: ms(500) }),
    ];
    expect(held('lock_wait{phase:migration,kind:traffic}', 'max < 1s', { lockWaits }).measured).toBe(
      '300 ms',
    );
    expect(held('lock_wait{phase:migration}', 'max < 1s', { lockWaits }).measured).toBe('900 ms');
    expect(held('lock_wait', 'max < 1s', { lockWaits }).outcome).toBe('broken');
    expect(held('lock_wait{kind:traffic}', 'count < 5', { lockWaits, lockWaitsLeftOut: 10 }).measured).toBe(
      '12',
    );
  });
});

describe('a limit relative to the baseline', () => {
  const slower = (baseline: number, during: number): Partial<Result> =>
    only(
      transaction('order_page', 'baseline', { response: times(100, baseline) }),
      transaction('order_page', 'migration', { response: times(100, during) }),
    );
  const rule = ['response_time{phase:migration}', 'p(99) < max(10 * baseline, 100ms)'] as const;

  it.each([
    [3, 90, 'met', '< 100 ms (the floor of 10 × baseline)'],
    [3, 110, 'broken', '< 100 ms (the floor of 10 × baseline)'],
    [50, 490, 'met', '< 500 ms (10 × baseline)'],
    [50, 510, 'broken', '< 500 ms (10 × baseline)'],
  ])('baseline %d ms, then %d ms: %s', (baseline, during, outcome, limit) => {
    expect(held(...rule, slower(baseline, during))).toMatchObject({ outcome, limit });
  });

  it('has no data without a baseline', () => {
    const changes = only(transaction('order_page', 'migration', { response: times(100, 3) }));
    expect(held(...rule, changes)).toMatchObject({
      outcome: 'no-data',
      measured: 'no baseline: no arrivals were planned',
    });
    const endless = only(
      transaction('order_page', 'baseline', { response: [], inFlight: 5 }),
      transaction('order_page', 'migration', { response: times(100, 3) }),
    );
    expect(held(...rule, endless).outcome).toBe('no-data');
  });
});

describe('arrivals that never ended', () => {
  const unfinished = (inFlight: number, neverStarted: number): Partial<Result> =>
    only(
      transaction('order_page', 'migration', {
        response: times(100 - inFlight - neverStarted, 3),
        inFlight,
        neverStarted,
      }),
    );

  it('exceed every limit that their rank reaches', () => {
    expect(held('response_time', 'p(99) < 1s', unfinished(1, 0))).toMatchObject({
      outcome: 'met',
      measured: '3 ms',
    });
    expect(held('response_time', 'p(99) < 1s', unfinished(1, 1))).toMatchObject({
      outcome: 'broken',
      measured: '2 of 100 arrivals never ended',
    });
    expect(held('response_time', 'max < 1h', unfinished(1, 0)).outcome).toBe('broken');
    expect(held('response_time', 'avg < 1h', unfinished(0, 1)).outcome).toBe('broken');
  });

  it('waited for a connection without end only where they never started', () => {
    expect(held('queue_wait', 'max < 1s', unfinished(5, 0)).outcome).toBe('met');
    expect(held('queue_wait', 'max < 1s', unfinished(0, 5)).outcome).toBe('broken');
  });

  it('where all arrivals failed, that is the worst result and not a missing one', () => {
    const changes = only(
      transaction('order_page', 'migration', { response: [], failedByClass: { connection: 40 } }),
    );
    expect(held('response_time', 'p(99) < 1s', changes)).toMatchObject({
      outcome: 'broken',
      measured: 'none of 40 arrivals completed',
    });
  });
});

describe('no data never passes', () => {
  const nothing: Partial<Result> = {
    transactions: [],
    phases: [],
    generator: undefined,
    observer: undefined,
    migration: undefined,
  };

  it.each(
    Object.keys(METRICS).filter((metric) => !['samples', 'absent_actors', 'leftovers'].includes(metric)),
  )('%s', (metric) => {
    const aggregates = METRICS[metric as keyof typeof METRICS].aggregates;
    const [aggregate, unit] = Object.entries(aggregates)[0]!;
    const condition = `${aggregate === 'percentile' ? 'p(99)' : aggregate} < ${unit === 'duration' ? '1h' : '1'}`;
    expect(held(metric, condition, nothing).outcome).toBe('no-data');
  });

  it('leftovers need an audit', () => {
    const cut: Result['outcome'] = { kind: 'interrupted', during: 'migration' };
    expect(held('leftovers', 'count == 0', { outcome: cut }).outcome).toBe('no-data');
    const leftovers = [{ kind: 'invalid-index', name: 'x', relation: 'orders' }] as const;
    expect(held('leftovers', 'count == 0', { outcome: cut, leftovers }).outcome).toBe('broken');
    // Others share the server, and may have done it.
    const shared = [{ kind: 'cluster-change', name: 'role a was created', relation: '' }] as const;
    expect(held('leftovers', 'count == 0', { leftovers: shared }).outcome).toBe('met');
  });

  it('makes the run invalid', () => {
    const scenario = scenarioOf({
      thresholds: [{ selector: 'response_time{transaction:refund}', condition: 'p(99) < 1s' }],
    });
    expect(judge(resultOf({ scenario })).verdict).toEqual({
      kind: 'invalid',
      exitCode: 96,
      reasons: ['no data for the p99 response time of refund: no arrivals were planned'],
    });
  });
});

it('a rule that can not be read, in a file edited by hand, is a mistake of the file', () => {
  expect(() => held('respons_time', 'p(99) < 1s')).toThrow(expect.objectContaining({ code: 'file.invalid' }));
});
