import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  compare,
  comparison,
  DEFAULT_FLOOR,
  type Aspect,
  type Comparison,
  type ReportedRun,
} from '#rooms/comparison/index.js';
import type { Result } from '#rooms/result/index.js';

import {
  asReport,
  HEALTHY_TRANSACTIONS,
  resultOf,
  scenarioOf,
  times,
  transaction,
} from '../result/sample.js';

import { inventedRun } from './synthetic.js';

const RUNS = Array.from({ length: 6 }, (_, seed) =>
  inventedRun({ seed, slowdown: seed % 2 === 0 ? 1 : 1.5, migrationFactor: seed === 5 ? 20 : 1 }),
);
const some = fc.uniqueArray(fc.constantFrom(...RUNS), { minLength: 1, maxLength: 4 });

function against(
  baseline: readonly ReportedRun[],
  candidate: readonly ReportedRun[],
  despite: readonly Aspect[] = [],
): Comparison {
  return compare({ baseline, candidate }, { floor: DEFAULT_FLOOR, despite });
}

const runOf = (changes: Partial<Result>): ReportedRun => ({
  file: 'report.json',
  report: asReport(resultOf(changes)),
});

const verdictsOf = ({ latencies, facts }: Comparison): ReadonlyMap<string, string> =>
  new Map([
    ...latencies.flatMap(({ transaction: name, phase, percentiles }) =>
      percentiles.map(({ percent, verdict }): [string, string] => [`${phase} ${name} ${percent}`, verdict]),
    ),
    ...facts.map(({ subject, verdict }): [string, string] => [subject, verdict]),
  ]);

const MIRROR: Readonly<Record<string, string>> = { worse: 'better', better: 'worse' };

describe('laws', () => {
  it('nothing differs from itself', () => {
    fc.assert(
      fc.property(some, (runs) => {
        const found = new Set(verdictsOf(against(runs, runs)).values());
        expect([found.has('worse'), found.has('better')]).toEqual([false, false]);
      }),
      { numRuns: 8 },
    );
  });

  it('swapped sides find the mirror image', () => {
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [there, back] = [verdictsOf(against(one, other)), verdictsOf(against(other, one))];
        for (const [what, verdict] of there) expect(back.get(what)).toBe(MIRROR[verdict] ?? verdict);
      }),
      { numRuns: 8 },
    );
  });

  it('the order of the runs of a side does not matter', () => {
    const [there, back] = [
      against(RUNS.slice(0, 3), RUNS.slice(3)),
      against(RUNS.slice(0, 3).reverse(), RUNS.slice(3).reverse()),
    ];
    expect(verdictsOf(there)).toEqual(verdictsOf(back));
    expect(there.latencies.map(({ completed, longest }) => ({ completed, longest }))).toEqual(
      back.latencies.map(({ completed, longest }) => ({ completed, longest })),
    );
  });

  it('what is written is what its schema says', () => {
    const found = against(RUNS.slice(0, 2), RUNS.slice(2));
    expect(comparison.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });
});

describe('what is not comparable', () => {
  const base = resultOf();

  it.each<[Aspect, Partial<Result>]>([
    ['load', { scenario: scenarioOf({ hash: 'other' }) }],
    ['dataset', { dataset: { ...base.dataset, scale: 0.5 } }],
    ['dataset', { dataset: { ...base.dataset, hash: 'other' } }],
    ['server', { server: { ...base.server!, versionNumber: 170_004 } }],
    ['host', { host: { ...base.host, cpus: 64 } }],
  ])('other %s: told, and compared only where that is wished', (aspect, changes) => {
    const sides = [[RUNS[0]!], [{ ...RUNS[1]!, report: { ...RUNS[1]!.report, ...changes } }]] as const;
    const refused = against(...sides);
    expect([refused.verdict, refused.latencies, refused.facts]).toEqual(['not-comparable', [], []]);
    expect(refused.disparities).toMatchObject([{ aspect, allowed: false }]);
    const allowed = against(...sides, [aspect]);
    expect(allowed.verdict).not.toBe('not-comparable');
    expect(allowed.disparities).toMatchObject([{ aspect, allowed: true }]);
  });

  it('what an earlier run in the database itself has left; a later one could leave nothing to it', () => {
    const [then, now] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
    const inPlace = { ...base.server!, inPlace: true } as const;
    const [one, two] = [
      runOf({ startedAt: then, server: inPlace }),
      runOf({ startedAt: now, server: base.server }),
    ];
    expect(against([one], [two]).disparities).toMatchObject([{ aspect: 'dataset', allowed: false }]);
    expect(against([two], [one]).disparities).toMatchObject([{ aspect: 'dataset', allowed: false }]);
    expect(against([one], [one]).disparities).toEqual([]);
    const [before, after] = [
      runOf({ startedAt: then, server: base.server }),
      runOf({ startedAt: now, server: inPlace }),
    ];
    expect(against([before], [after]).disparities).toEqual([]);
  });

  it('another migration or statement of the same load is what is compared', () => {
    const parts = { load: 'l', transactions: { page: '1', order: '1' }, migration: 'm' };
    const other = { load: 'l', transactions: { page: '2', order: '1' }, migration: 'n' };
    const [one, two] = [parts, other].map((of, n) =>
      runOf({ scenario: scenarioOf({ hash: `${n}`, parts: of }) }),
    );
    const { disparities, notes } = against([one!], [two!]);
    expect(disparities).toEqual([]);
    expect(notes).toEqual(['the migrations differ', 'the statements or parameters differ of page']);
  });

  it('a run that can not be believed is left out; nothing is left to compare without it', () => {
    const broken = runOf({ outcome: { kind: 'interrupted', during: 'baseline' } });
    const found = against([RUNS[0]!, broken], [RUNS[2]!]);
    expect(found.baseline.runs).toHaveLength(1);
    expect(found.baseline.leftOut).toEqual([
      { file: 'report.json', why: 'interrupted: interrupted in the baseline phase' },
    ]);
    expect(against([broken], [RUNS[2]!]).verdict).toBe('not-comparable');
  });
});

describe('counts', () => {
  it('failures that were not there before are worse', () => {
    const failing = HEALTHY_TRANSACTIONS.map((row) =>
      row.name === 'order_page' && row.phase === 'migration'
        ? transaction('order_page', 'migration', {
            response: times(300, 4),
            failedByClass: { lock_timeout: 4 },
          })
        : row,
    );
    const { facts, verdict } = against([runOf({})], [runOf({ transactions: failing })]);
    expect(verdict).toBe('worse');
    expect(facts).toContainEqual({
      kind: 'failed',
      subject: 'failed arrivals of order_page in the migration phase (lock_timeout)',
      unit: 'count',
      before: 0,
      after: 4,
      verdict: 'worse',
    });
  });

  it('no data is no equality', () => {
    expect(against([runOf({})], [runOf({})]).verdict).toBe('not-enough-data');
  });
});
