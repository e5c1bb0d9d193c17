import { describe, expect, it } from 'vitest';

import { keyFiguresOf, trend, trendOf, type KeyFigures } from '#rooms/comparison/index.js';
import { trendPage, trendText } from '#rooms/report/index.js';
import type { Result } from '#rooms/result/index.js';
import { resultOf, scenarioOf, times, transaction } from '../../result/sample.ts';

/** One night of November, with the p99 that it measured in the migration phase. */
function night(day: number, p99: number, changes: Partial<Result> = {}): KeyFigures {
  const date = `2026-11-${String(day).padStart(2, '0')}`;
  const result = resultOf({
    startedAt: `${date}T02:30:00.000Z`,
    transactions: [
      transaction('order_page', 'baseline', { response: times(300, 3) }),
      transaction('order_page', 'migration', { response: times(300, p99) }),
    ],
    ...changes,
  });
  return keyFiguresOf(result, `reports/${date}/report.json`);
}

const nights = (count: number, p99: (day: number) => number): readonly KeyFigures[] =>
  Array.from({ length: count }, (_, index) => night(index + 1, p99(index + 1)));

const STEP = nights(26, (day) => (day < 23 ? 12 : 31));

const only = (runs: readonly KeyFigures[]) => {
  const [scenario] = trendOf(runs).scenarios;
  return scenario!.segments;
};

describe('the trend of a scenario', () => {
  it('tells the night on which a figure changed, whatever the order of the reports', () => {
    const [segment] = only(STEP.toReversed());
    expect(segment!.changes.map(({ figure, direction, at }) => [figure, direction, at])).toEqual([
      ['migration.order_page.p50', 'worse', '2026-11-23T02:30:00.000Z'],
      ['migration.order_page.p99', 'worse', '2026-11-23T02:30:00.000Z'],
    ]);
  });

  it('calls a run that was not judged neither worse nor better', () => {
    const failure = { code: 'target.lost', exitCode: 3, message: 'gone' };
    const lost = { outcome: { kind: 'failed', during: 'migration', failure } } as const;
    const stopped = { outcome: { kind: 'interrupted', during: 'migration' } } as const;
    const history = trendOf([night(1, 4), night(2, 4, lost), night(3, 4, stopped), night(4, 4)]);
    const text = trendText(history, { color: false, width: 120 });
    expect(text).toContain('other   verdict of 2026-11-02: PASS → TARGET FAILED');
    expect(text).toContain('other   verdict of 2026-11-03: TARGET FAILED → INTERRUPTED');
    expect(text).toContain('better  verdict of 2026-11-04: INTERRUPTED → PASS');
  });

  it('tells an improvement from a regression', () => {
    const [segment] = only(nights(26, (day) => (day < 12 ? 31 : 12)));
    expect(segment!.changes.map(({ direction }) => direction)).toEqual(['better', 'better']);
  });

  it('is silent about a change that nobody feels', () => {
    const [segment] = only(nights(26, (day) => (day < 12 ? 30 : 31.5)));
    expect(segment!.changes).toEqual([]);
  });

  it('passes over the figures of runs that can not be believed, and tells the change of the verdict', () => {
    const failed = { outcome: { kind: 'interrupted', during: 'migration' } } as const;
    const runs = STEP.map((run, index) => (index === 5 ? night(6, 9_000, failed) : run));
    const [segment] = only(runs);
    expect(segment!.runs[5]!.believable).toBe(false);
    expect(segment!.changes.map(({ run }) => run)).toEqual([22, 22]);
    expect(segment!.verdicts.map(({ run, from, to }) => [run, from, to])).toEqual([
      [5, 'pass', 'interrupted'],
      [6, 'interrupted', 'pass'],
    ]);
  });

  it('begins a new segment where runs can not be compared, and goes on with the old one when they can again', () => {
    const other = scenarioOf({ hash: 'another' });
    const segments = only([night(1, 4), night(2, 4, { scenario: other }), night(3, 4)]);
    expect(segments.map(({ runs, because }) => [runs.length, because])).toEqual([
      [2, []],
      [1, ['load']],
    ]);
  });

  it('goes on where the migration or a statement was edited, and tells it', () => {
    const parts = { load: 'l', transactions: { order_page: 'q' }, migration: 'm' };
    const edited = (changes: Partial<typeof parts>, hash: string) => ({
      scenario: scenarioOf({ hash, parts: { ...parts, ...changes } }),
    });
    const [segment, ...others] = only([
      night(1, 4, edited({}, 'a')),
      night(2, 4, edited({ migration: 'n' }, 'b')),
      night(3, 4, edited({ migration: 'n', transactions: {} as never }, 'c')),
      night(4, 4, edited({ migration: 'n', transactions: {} as never }, 'another threshold')),
    ]);
    expect(others).toEqual([]);
    expect(segment!.runs.map((run) => run.edited)).toEqual([
      undefined,
      ['migration'],
      ['statements'],
      undefined,
    ]);
    const text = trendText(
      trendOf([night(1, 4, edited({}, 'a')), night(2, 4, edited({ migration: 'n' }, 'b'))]),
      {
        color: false,
        width: 120,
      },
    );
    expect(text).toContain('edited  the migration was edited before the run of 2026-11-02');
    expect(only([night(1, 4, edited({}, 'a')), night(2, 4, edited({ load: 'k' }, 'b'))])).toHaveLength(2);
  });

  it('is what its schema says, also where arrivals had no end', () => {
    const endless = [transaction('order_page', 'migration', { response: [], neverStarted: 300 })];
    const history = trendOf([night(1, 4, { transactions: endless })], [{ file: 'x', why: 'not JSON' }]);
    expect(trend.parse(JSON.parse(JSON.stringify(history)))).toEqual(history);
    expect(JSON.stringify(history)).toContain('"no end"');
  });
});

describe('for readers', () => {
  const history = trendOf(STEP);
  const sentence =
    'got worse on the night of 2026-11-23: p99 of order_page in the migration phase 12 ms → 31 ms';

  it('the terminal says what changed, and shows the figures', () => {
    const text = trendText(history, { color: false, width: 120 });
    expect(text).toContain(sentence);
    expect(text).toMatch(/orders-add-note {2}26 runs, 2026-11-01 to 2026-11-26, scale 0.002, PostgreSQL 18/);
    expect(text).toMatch(/p99 of order_page in the migration phase +31 ms +12 ms .* ▁+█{4}\n/);
  });

  it('the page says the same, with charts and without a link that leaves it', () => {
    const page = trendPage(history, { script: '', sha256: () => 'hash' });
    expect(page).toContain(sentence);
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/(?:href|src)="[^#]/);
  });

  it('a page of one run has its figures, and no charts of one point', () => {
    const page = trendPage(trendOf([night(1, 4)]), { script: '', sha256: () => 'hash' });
    expect(page).not.toContain('class="drawing"');
    expect(page).toContain('The charts begin with the second run.');
    expect(page).toMatch(/p99 of order_page in the migration phase<\/th>\s*<td class="number">4 ms/);
  });

  it('no reports are said to be none', () => {
    expect(trendText(trendOf([]), { color: false, width: 80 })).toBe('no reports were found\n');
  });
});
