import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { outdated, removeOutdated } from '#rooms/schedule/retention.js';
import type { EntryState, KeptReport } from '#rooms/schedule/state.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-28T00:00:00Z');
const report = (daysAgo: number, root = '/r'): KeptReport => {
  const startedAt = new Date(NOW - daysAgo * DAY).toISOString();
  return { folder: join(root, `${startedAt.slice(0, 19)}-orders`), startedAt, verdict: 'pass', exitCode: 0 };
};
const state = (reports: readonly KeptReport[], lastGood?: KeptReport): EntryState => ({
  reports,
  lastGood,
  told: [],
});

describe('what goes', () => {
  it('is beyond the number or the age, but never the last good one', () => {
    const reports = [5, 4, 3, 2, 1].map((days) => report(days));
    expect(outdated(state(reports), { runs: 3 }, NOW)).toEqual(reports.slice(0, 2));
    expect(outdated(state(reports), { age: 3.5 * DAY }, NOW)).toEqual(reports.slice(0, 2));
    expect(outdated(state(reports, reports[0]), { runs: 3 }, NOW)).toEqual([reports[1]]);
    expect(outdated(state(reports), {}, NOW)).toEqual([]);
  });

  it('leaves at most as many as are kept, and the last good one', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(400)),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (days, runs, nth) => {
          const reports = days.toSorted((a, b) => b - a).map((day) => report(day));
          const lastGood = reports[nth % Math.max(1, reports.length)];
          const left = reports.filter(
            (one) => !outdated(state(reports, lastGood), { runs }, NOW).includes(one),
          );
          expect(left.length).toBeLessThanOrEqual(runs + 1);
          if (lastGood !== undefined) expect(left).toContain(lastGood);
        },
      ),
    );
  });
});

describe('on the disk', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'rehearse-retention-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('only folders of reports are removed, whatever the state says', () => {
    const old = report(9, root);
    const foreign = { ...report(8, root), folder: join(root, 'holiday-pictures') };
    const empty = report(7, root);
    for (const { folder } of [old, foreign, empty]) mkdirSync(folder);
    for (const { folder } of [old, foreign]) writeFileSync(join(folder, 'report.json'), '{}');
    const kept = report(1, root);
    const told: string[] = [];
    const after = removeOutdated(
      state([old, foreign, empty, kept]),
      { keep: { runs: 1 } },
      { now: NOW, tell: (line) => void told.push(line) },
    );
    expect(after.reports).toEqual([kept]);
    expect([old, foreign, empty].map(({ folder }) => existsSync(folder))).toEqual([false, true, true]);
    expect(told).toEqual([]);
  });
});
