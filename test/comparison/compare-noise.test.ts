import { describe, expect, it } from 'vitest';

import { compare, DEFAULT_FLOOR, type Comparison, type ReportedRun } from '#rooms/comparison/index.js';

import { inventedRun } from './synthetic.js';

const OPTIONS = { floor: DEFAULT_FLOOR, despite: [] };
const against = (baseline: readonly ReportedRun[], candidate: readonly ReportedRun[]): Comparison =>
  compare({ baseline, candidate }, OPTIONS);

const SAME = Array.from({ length: 10 }, (_, seed) => inventedRun({ seed }));
const SLOWER = SAME.map((_, seed) => inventedRun({ seed: seed + 100, slowdown: 1.2 }));

const changesIn = ({ latencies }: Comparison) =>
  latencies.flatMap(({ transaction, percentiles }) =>
    percentiles.map(({ percent, verdict }) => ({ transaction, percent, verdict })),
  );

describe('identical runs', () => {
  const pairs = SAME.flatMap((one, n) => SAME.slice(n + 1).map((other) => against([one], [other])));
  const verdicts = pairs.flatMap(changesIn).filter(({ verdict }) => verdict !== 'not-enough-data');

  it('are called different in at most 5 of 100 verdicts', () => {
    const wrong = verdicts.filter(({ verdict }) => verdict !== 'no-difference');
    expect(verdicts.length).toBeGreaterThan(45 * 20);
    expect(wrong.length / verdicts.length).toBeLessThanOrEqual(0.05);
  });

  it('are called different somewhere in few of the pairs', () => {
    const loud = pairs.filter(({ verdict }) => verdict !== 'no-difference');
    expect(loud.length).toBeLessThanOrEqual(9);
  });

  it('are called different in at most 5 of 100 verdicts with five on each side', () => {
    const ways = SAME.map((_, n) => [...SAME.slice(n), ...SAME.slice(0, n)]);
    const all = ways.flatMap((runs) => changesIn(against(runs.slice(0, 5), runs.slice(5))));
    const judged = all.filter(({ verdict }) => verdict !== 'not-enough-data');
    const wrong = judged.filter(({ verdict }) => verdict !== 'no-difference');
    expect(wrong.length / judged.length).toBeLessThanOrEqual(0.05);
  });
});

describe('a p99 that is a fifth higher', () => {
  const isFound = (comparison: Comparison): boolean =>
    changesIn(comparison).some(
      ({ transaction, percent, verdict }) => transaction === 'rare' && percent === 99 && verdict === 'worse',
    );

  it('is called worse in at least 9 of 10 pairs', () => {
    const found = SAME.map((run, n) => against([run], [SLOWER[n]!])).filter(isFound);
    expect(found.length).toBeGreaterThanOrEqual(9);
  });

  it('is called better the other way round', () => {
    const back = against(SLOWER, SAME);
    expect(
      changesIn(back)
        .filter(({ verdict }) => verdict === 'better')
        .map(({ transaction }) => transaction),
    ).toContain('rare');
    expect(changesIn(back).filter(({ verdict }) => verdict === 'worse')).toEqual([]);
  });
});

it('what a lock does to a whole phase is seen with one run on each side', () => {
  const locked = inventedRun({ seed: 200, migrationFactor: 50 });
  const found = against([SAME[0]!], [locked]).latencies.filter(({ phase }) => phase === 'migration');
  for (const { percentiles } of found) expect(percentiles.map(({ verdict }) => verdict)).toContain('worse');
});
