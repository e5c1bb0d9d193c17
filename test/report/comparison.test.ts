import { describe, expect, it } from 'vitest';

import { compare, DEFAULT_FLOOR } from '#rooms/comparison/index.js';
import { comparisonPage, markdownComparison, terminalComparison } from '#rooms/report/index.js';

import { inventedRun } from '../comparison/synthetic.js';
import { asReport, resultOf, scenarioOf } from '../result/sample.js';

const OPTIONS = { floor: DEFAULT_FLOOR, despite: [] };
const found = compare(
  { baseline: [inventedRun({ seed: 1 })], candidate: [inventedRun({ seed: 2, migrationFactor: 50 })] },
  OPTIONS,
);
const refused = compare(
  {
    baseline: [inventedRun({ seed: 1 })],
    candidate: [
      { file: 'x', report: asReport(resultOf({ scenario: scenarioOf({ name: '<b>@x', hash: 'other' }) })) },
    ],
  },
  OPTIONS,
);
const terminal = { color: false, width: 120, files: [] };

describe('a comparison', () => {
  it('says on a terminal what became worse, by how much and how surely', () => {
    const text = terminalComparison(found, terminal);
    expect(text).toMatch(/^WORSE {2}orders-add-note \(1 run\) against orders-add-note \(1 run\)\n/);
    expect(text).toMatch(/p50 response time of page in the migration phase: .* → .*, × \d+ \(× \d+/);
    expect(text).toMatch(/\n {2}page +baseline .* ~ /);
  });

  it('has the same in Markdown and on a page', () => {
    for (const text of [markdownComparison(found), comparisonPage(found, { sha256: () => 'hash' })]) {
      expect(text).toContain('WORSE');
      expect(text).toContain('p50 response time of page in the migration phase');
    }
  });

  it('that was refused says why and what to do, and lets no text become markup', () => {
    expect(terminalComparison(refused, terminal)).toMatch(
      /^NOT COMPARABLE .*\n {2}why {5}the scenarios differ.*\n.*--despite load\n$/,
    );
    expect(markdownComparison(refused)).not.toMatch(/<b>|@x/);
    expect(comparisonPage(refused, { sha256: () => 'hash' })).not.toContain('<b>');
  });
});
