import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { datasetJsonSchema } from '#rooms/dataset/index.js';
import { EXIT_CODES } from '#rooms/errors.js';
import { findingsTable, metricsTable } from '#rooms/report/index.js';
import { leftOversTable } from '#rooms/target/index.js';
import { DEFAULT_THRESHOLDS, DEFAULT_VALIDITY } from '#rooms/threshold/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README tells what the code says', () => {
  test('the findings', () => {
    expect(readme).toContain(findingsTable().trimEnd());
  });

  // Skipped until the README has its chapter.
  test.skipIf(!readme.includes('rehearse cleanup'))('what killed runs leave behind', () => {
    expect(readme).toContain(leftOversTable().trimEnd());
  });

  test('the metrics of thresholds', () => {
    expect(readme).toContain(metricsTable().trimEnd());
  });

  test.each([
    ['thresholds', DEFAULT_THRESHOLDS],
    ['validity rules', DEFAULT_VALIDITY],
  ])('the default %s', (_, defaults) => {
    expect(readme).toContain(
      defaults.map(({ selector, condition }) => `${selector} ${condition}`).join('\n'),
    );
  });

  test('every exit code', () => {
    for (const code of Object.values(EXIT_CODES)) expect(readme).toContain(`| ${code} | `);
  });

  test('every key of a dataset file', () => {
    const [, section = ''] = /### Dataset file\n([^]*?)\n### /.exec(readme) ?? [];
    const missing = keysIn(datasetJsonSchema()).filter((key) => !section.includes(key));
    expect(missing).toEqual([]);
  });
});

function keysIn(schema: unknown): readonly string[] {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) Object.keys(node.properties ?? {}).forEach((key) => keys.add(key));
    Object.values(node).forEach(visit);
  };
  visit(schema);
  return [...keys];
}
