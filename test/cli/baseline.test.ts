import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { readBaseline } from '#rooms/cli/baseline.js';

const EXAMPLE = new URL('../../reports/examples/orders-add-column-naive', import.meta.url).pathname;
const SCENARIO = new URL('../../scenarios/orders-add-column-naive.yaml', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'rehearse-test-'));
const renamed = join(folder, 'last-good.json');
copyFileSync(join(EXAMPLE, 'report.json'), renamed);

afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['the folder of a run', EXAMPLE, 'reports'],
  ['its report', join(EXAMPLE, 'report.json'), 'reports'],
  ['a report of another name', renamed, 'reports'],
  ['a scenario', SCENARIO, 'scenario'],
  ['nothing', undefined, 'none'],
])('%s is a baseline', (_, path, kind) => {
  expect(readBaseline(path, []).kind).toBe(kind);
});

it('a scenario in JSON is no report', () => {
  const scenario = join(folder, 'scenario.json');
  writeFileSync(scenario, JSON.stringify({ dataset: 'existing', migration: 'SELECT 1' }));
  expect(() => readBaseline(scenario, [])).toThrow(/traffic/);
});
