import { expect, it } from 'vitest';

import { errorLines } from '#rooms/report/error-lines.js';
import type { ErrorSample } from '#rooms/result/index.js';

import { asReport, resultOf } from '../result/sample.ts';

const error = (changes: Partial<ErrorSample>): ErrorSample => ({
  transaction: 'place_order',
  workload: 'main',
  phase: 'migration',
  class: 'other',
  sqlState: '22012',
  message: 'division by zero',
  statement: 'SELECT 1 / :n',
  count: 1,
  overcome: 0,
  ...changes,
});

const shown = (...errors: readonly ErrorSample[]) => errorLines(asReport(resultOf({ errors })));

it('the most frequent reason comes first, the same one of several phases once', () => {
  const unmet = { class: 'expectation', sqlState: undefined, statement: 'SELECT 2' } as const;
  expect(
    shown(
      error({ count: 3 }),
      error({ ...unmet, message: 'expected 1 rows, found 0', count: 5 }),
      error({ ...unmet, message: 'expected 1 rows, found 2', count: 4 }),
      error({ phase: 'recovery', count: 1_200 }),
    ),
  ).toEqual([
    '1,203 × place_order: division by zero (22012), in SELECT 1 / :n',
    '5 × place_order: expected 1 rows, found 0, in SELECT 2',
    '4 × place_order: expected 1 rows, found 2, in SELECT 2',
  ]);
});

it('what was overcome is no failure, and of many reasons the rest is counted', () => {
  expect(shown(error({ count: 0, overcome: 7 }))).toEqual([]);
  const many = Array.from({ length: 8 }, (_, n) => error({ statement: `SELECT ${n}`, count: 10 - n }));
  expect(shown(...many)).toHaveLength(6);
  expect(shown(...many).at(-1)).toBe('… and 12 for other reasons: errors[] in report.json');
});
