import { describe, expect, it } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import type { Judgement, Result } from '#rooms/result/index.js';
import { DEFAULT_THRESHOLDS } from '#rooms/threshold/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  HEALTHY_TRANSACTIONS,
  migration,
  phase,
  resultOf,
  REWRITE,
  scenarioOf,
  step,
  times,
  transaction,
} from '../result/sample.ts';

describe('the defaults', () => {
  it('hold for a healthy run, each transaction by itself', () => {
    const { thresholds, verdict } = judge(resultOf());
    expect(verdict).toEqual({ kind: 'pass', exitCode: 0, reasons: [] });
    expect(thresholds.map(({ outcome }) => outcome)).toEqual(
      times(DEFAULT_THRESHOLDS.length + 2, 0).map(() => 'met'),
    );
    expect(thresholds.every((threshold) => threshold.default)).toBe(true);
    expect(thresholds.map(({ rule }) => rule)).toContain(
      'response_time{phase:migration,transaction:place_order} p(99) < 1s',
    );
  });

  it('fail the rewrite in words that a backend engineer understands', () => {
    expect(judge(REWRITE).verdict).toEqual({
      kind: 'fail',
      exitCode: 99,
      reasons: [
        'longest time in which nothing completed in the migration phase: 6.8 s, must be < 1 s',
        'p99 response time of order_page in the migration phase: 6.9 s, must be < 100 ms (the floor of 10 × baseline)',
        'p99 response time of order_page in the migration phase: 6.9 s, must be < 1 s',
        'number of findings of severity danger: 1 (table-rewrite), must be 0',
      ],
    });
  });

  it('do not count a finding that the scenario accepts', () => {
    const scenario = { ...REWRITE.scenario, accept: [{ finding: 'table-rewrite', reason: 'night shift' }] };
    expect(judge({ ...REWRITE, scenario }).verdict.reasons.join()).not.toContain('findings');
  });
});

describe('validity', () => {
  const lagging = (lag: number): readonly ReturnType<typeof transaction>[] =>
    HEALTHY_TRANSACTIONS.map((of) =>
      of.phase === 'migration'
        ? transaction(of.name, of.phase, { response: times(200, 4), lag: times(200, lag) })
        : of,
    );
  const actor = (
    startedAt: number,
    duration: number,
    changes: Partial<Result['actors'][number]> = {},
  ): Result['actors'] => [
    {
      name: 'report',
      kind: 'report',
      phase: 'migration',
      start: ms(-1_000),
      startedAt: ms(startedAt),
      duration: ms(duration),
      turns: 1,
      failedTurns: 0,
      outcome: 'finished',
      ...changes,
    },
  ];
  const failed = (turns: number) => ({ outcome: 'failed' as const, turns, failedTurns: 1 });
  const generator = resultOf().generator!;
  const observer = resultOf().observer!;

  it.each<[string, Partial<Result>, string]>([
    [
      'a late generator',
      { transactions: lagging(80) },
      'p99 lateness of the load generator in the migration phase: 80 ms, must be < 50 ms',
    ],
    [
      'a busy event loop',
      { generator: { ...generator, eventLoopUtilization: 0.97 } },
      "highest load of the generator's event loop: 97 %, must be < 90 %",
    ],
    [
      'arrivals that were not driven',
      { generator: { ...generator, dispatched: 700 } },
      'share of arrivals dispatched on plan: 87.5 %, must be > 99.5 %',
    ],
    [
      'few samples',
      {
        transactions: HEALTHY_TRANSACTIONS.map((of) =>
          transaction(of.name, of.phase, { response: times(40, 4) }),
        ),
      },
      'number of samples in the migration phase: 80, must be ≥ 100',
    ],
    [
      'an actor that failed',
      { actors: actor(9_000, 5_000, failed(0)) },
      'number of actors that were not there when they should have been: 1 (report), must be 0',
    ],
    [
      'an actor that came too late',
      { actors: actor(10_001, 5_000) },
      'number of actors that were not there when they should have been: 1 (report), must be 0',
    ],
    [
      'an actor that left too early',
      { actors: actor(100, 5_000) },
      'number of actors that were not there when they should have been: 1 (report), must be 0',
    ],
    [
      'an observer that lost its connection',
      { observer: { ...observer, gaps: [{ startedAt: ms(0), duration: ms(6_000) }] } },
      'longest time without a look at the locks: 6 s, must be < 5 s',
    ],
  ])('%s makes the run invalid', (_, changes, reason) => {
    expect(judge(resultOf(changes)).verdict).toEqual({ kind: 'invalid', exitCode: 96, reasons: [reason] });
  });

  it.each<[string, Result['actors']]>([
    ['of the baseline that ended before it', actor(2_000, 1_000, { phase: 'baseline' })],
    ['of the recovery', actor(90_000, 1_000, { phase: 'recovery' })],
    ['that ran when it started', actor(9_000, 1_500)],
    ['that was planned to come later', actor(12_000, 500, { start: ms(2_000) })],
    [
      'that was to come later, when the run was over',
      actor(99_000, 0, { start: ms(89_000), outcome: 'stopped', turns: 0 }),
    ],
    ['that failed after a turn that went well', actor(9_000, 5_000, failed(3))],
  ])('an actor %s is not missed by the migration', (_, actors) => {
    expect(judge(resultOf({ actors })).verdict.kind).toBe('pass');
  });

  it('a rule of the scenario takes the place of the default on the same metric, and only there', () => {
    const scenario = scenarioOf({ validity: [{ selector: 'dispatch_lag', condition: 'max < 100ms' }] });
    expect(judge(resultOf({ scenario, transactions: lagging(80) })).verdict.kind).toBe('pass');
    const rules = judge(resultOf({ scenario })).validity.map(({ rule }) => rule);
    expect(rules.filter((rule) => rule.startsWith('dispatch_lag'))).toEqual(['dispatch_lag max < 100ms']);
    expect(rules).toContain('samples{phase:migration} count >= 100');
  });
});

describe('the verdict', () => {
  const failed = (exitCode: number, code: string): Result['outcome'] => ({
    kind: 'failed',
    during: 'migration',
    failure: { code, exitCode, message: 'something broke' },
  });
  const failedStep = step([], {
    outcome: 'failed',
    error: { sqlState: '22012', message: 'division by zero' },
  });
  const halfDone = migration(step([]), failedStep);
  const busy: Partial<Result> = { generator: { ...resultOf().generator!, eventLoopUtilization: 0.99 } };
  const stalled: Partial<Result> = {
    phases: [phase('baseline', 0, 10_000), phase('migration', 10_000, 10_000, 4_000)],
  };

  it.each<[Judgement['verdict']['kind'], number, Partial<Result>]>([
    [
      'interrupted',
      130,
      { outcome: { kind: 'interrupted', during: 'baseline' }, migration: halfDone, ...busy, ...stalled },
    ],
    ['harness-failed', 1, { outcome: failed(1, 'bug'), migration: halfDone, ...busy, ...stalled }],
    ['target-failed', 3, { outcome: failed(3, 'target.lost'), migration: halfDone, ...busy, ...stalled }],
    ['refused', 2, { outcome: failed(2, 'traffic.refused') }],
    ['migration-failed', 4, { outcome: failed(4, 'migration.failed'), ...busy, ...stalled }],
    ['migration-failed', 4, { migration: halfDone, ...busy, ...stalled }],
    [
      'migration-failed',
      4,
      { leftovers: [{ kind: 'invalid-index', name: 'orders_ref', relation: 'orders' }] },
    ],
    ['migration-failed', 4, { leftovers: [{ kind: 'prepared-transaction', name: 'mig1', relation: '' }] }],
    ['invalid', 96, { ...busy, ...stalled }],
    ['invalid', 96, { migration: undefined }],
    ['invalid', 96, { migration: migration(step([], { kind: 'command', neverConnected: true })) }],
    ['pass', 0, { migration: migration(step([], { kind: 'command' })) }],
    ['fail', 99, stalled],
    ['fail', 99, { leftovers: [{ kind: 'unvalidated-constraint', name: 'fk', relation: 'orders' }] }],
    ['pass', 0, {}],
  ])('%s leads to exit code %d', (kind, exitCode, changes) => {
    expect(judge(resultOf(changes)).verdict).toMatchObject({ kind, exitCode });
  });

  it('names everything that is so, broken thresholds last', () => {
    expect(judge(resultOf({ migration: halfDone, ...busy, ...stalled })).verdict.reasons).toEqual([
      'step 2 of the migration failed: division by zero',
      '1 of 2 steps were applied: the schema is half-done',
      "highest load of the generator's event loop: 99 %, must be < 90 %",
      'longest time in which nothing completed in the migration phase: 4 s, must be < 1 s',
    ]);
  });

  it('of a run that was cut short names what stopped it, and what was measured until then', () => {
    const outcome: Result['outcome'] = { kind: 'interrupted', during: 'seeding' };
    expect(
      judge(resultOf({ outcome, transactions: [], phases: [], migration: undefined, generator: undefined }))
        .verdict.reasons,
    ).toEqual(['interrupted while the dataset was being loaded']);
    const hint = {
      ...failed(3, 'target.lost'),
      failure: { code: 'target.lost', exitCode: 3, message: 'gone', hint: 'look at its log' },
    };
    expect(judge(resultOf({ outcome: hint, ...stalled })).verdict.reasons).toEqual([
      'failed in the migration phase: gone',
      'hint: look at its log',
      'longest time in which nothing completed in the migration phase: 4 s, must be < 1 s',
    ]);
  });
});
