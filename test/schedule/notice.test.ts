import { describe, expect, it } from 'vitest';

import { noticeOf, type News } from '#rooms/schedule/notice.js';

const QUIET: News = {
  entry: 'orders',
  verdict: 'pass',
  exitCode: 0,
  before: 'pass',
  comparison: 'no-difference',
  changes: [],
  problems: [],
  report: 'reports/one/report.json',
};
const kinds = (changes: Partial<News>, on: 'always' | ('change' | 'failure')[] = ['change', 'failure']) =>
  noticeOf('nightly.yaml', { ...QUIET, ...changes }, on)?.kinds;

describe('nobody is told', () => {
  it('of a night like the one before', () => {
    expect(kinds({})).toBeUndefined();
    expect(kinds({ before: undefined })).toBeUndefined();
    expect(kinds({ comparison: 'better' })).toBeUndefined();
  });

  it('of what he did not ask for', () => {
    expect(kinds({ verdict: 'fail', exitCode: 99, before: 'fail' }, ['change'])).toBeUndefined();
    expect(kinds({ comparison: 'worse' }, ['failure'])).toBeUndefined();
  });
});

describe('a change', () => {
  it('is another verdict, a comparison that came out worse, a level that moved', () => {
    expect(kinds({ verdict: 'pass', before: 'fail' })).toEqual(['change']);
    expect(kinds({ comparison: 'worse' })).toEqual(['change']);
    expect(kinds({ changes: ['got worse on the night of …'] })).toEqual(['change']);
    expect(kinds({ verdict: 'fail', exitCode: 99 })).toEqual(['change', 'failure']);
  });
});

describe('a failure', () => {
  it('is a run that did not pass, could not begin or was missed', () => {
    expect(kinds({ verdict: 'fail', before: 'fail', exitCode: 99 })).toEqual(['failure']);
    expect(kinds({ verdict: undefined, before: 'not run', exitCode: 2, problems: ['no file'] })).toEqual([
      'failure',
    ]);
    expect(kinds({ problems: ['1 run was missed: …'] })).toEqual(['failure']);
  });
});

it('always is always', () => {
  expect(kinds({}, 'always')).toEqual(['always']);
});

it('says what happened in lines, the headline first', () => {
  const news = { verdict: 'fail', exitCode: 99, comparison: 'worse', changes: ['got worse on …'] } as const;
  expect(noticeOf('nightly.yaml', { ...QUIET, ...news }, 'always')).toEqual({
    schedule: 'nightly.yaml',
    run: 'orders',
    kinds: ['change', 'failure'],
    verdict: 'fail',
    exitCode: 99,
    report: 'reports/one/report.json',
    text: 'orders: fail (before: pass)\nagainst the last good run: worse\ngot worse on …',
  });
});
