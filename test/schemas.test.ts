import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { comparisonJsonSchema, trendJsonSchema } from '#rooms/comparison/index.js';
import { datasetJsonSchema } from '#rooms/dataset/index.js';
import { reportJsonSchema } from '#rooms/result/index.js';
import { scenarioJsonSchema, trafficJsonSchema } from '#rooms/scenario/index.js';
import { scheduleJsonSchema } from '#rooms/schedule/index.js';

test.each([
  ['dataset', datasetJsonSchema],
  ['scenario', scenarioJsonSchema],
  ['traffic', trafficJsonSchema],
  ['report', reportJsonSchema],
  ['comparison', comparisonJsonSchema],
  ['trend', trendJsonSchema],
  ['schedule', scheduleJsonSchema],
])('schemas/%s.schema.json is what the definitions say (npm run schemas)', (name, schema) => {
  const file = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema())));
});
