import { describe, expect, it } from 'vitest';

import { issues, SCENARIO } from './sources.ts';

describe('a baseline of 0s', () => {
  const without = `${SCENARIO}phases: { baseline: 0s }\n`;

  it('is a mistake where limits need one, as the defaults do', () => {
    const message = expect.stringContaining(
      'phases.baseline: limits relative to the baseline need one',
    ) as string;
    expect(issues(without)).toEqual([message]);
    const relative = 'thresholds: { "response_time{phase:migration}": p(99) < 2 * baseline }\n';
    expect(issues(without + relative)).toEqual([message]);
  });

  it('is none beside fixed limits', () => {
    expect(issues(`${without}thresholds: { failed: count == 0 }\n`)).toEqual([]);
  });
});
