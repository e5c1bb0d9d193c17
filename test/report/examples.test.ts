import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import { htmlReport, junitReport, markdownSummary, terminalReport } from '#rooms/report/index.js';
import { readReport } from '#rooms/result/index.js';

const examples = new URL('../../reports/examples/', import.meta.url);

describe.each(readdirSync(examples))('reports/examples/%s', (name) => {
  const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, examples), 'utf8');
  const report = readReport(read('report.json'), name);

  test('is judged today as it was then', () => {
    expect(judge(report)).toEqual(report.judgement);
  });

  test('gives the same summary', () => {
    expect(markdownSummary(report)).toBe(read('summary.md'));
  });

  test('gives the same page, small enough to be opened anywhere', () => {
    const page = read('report.html');
    // The script is the built one, which pure tests do not build: what the page holds counts.
    const [, script = ''] = /<script type="module">([^]*?)<\/script>/.exec(page) ?? [];
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
    expect(htmlReport(report, { script, sha256 })).toBe(page);
    expect(page.length).toBeLessThan(300_000);
  });

  test('gives the same cases', () => {
    expect(junitReport(report)).toBe(read('junit.xml'));
  });

  test('gives the same verdict on a terminal', () => {
    expect(terminalReport(report, { color: false, width: 120, files: [] })).toBe(read('verdict.txt'));
  });
});
