// Writes schemas/*.schema.json from the definitions that the harness itself reads files with.
import { mkdirSync, writeFileSync } from 'node:fs';

import { comparisonJsonSchema, trendJsonSchema } from '../dist/comparison/index.js';
import { datasetJsonSchema } from '../dist/dataset/index.js';
import { reportJsonSchema } from '../dist/result/index.js';
import { scenarioJsonSchema, trafficJsonSchema } from '../dist/scenario/index.js';
import { scheduleJsonSchema } from '../dist/schedule/index.js';

const folder = new URL('../schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
const schemas = {
  dataset: datasetJsonSchema,
  scenario: scenarioJsonSchema,
  traffic: trafficJsonSchema,
  report: reportJsonSchema,
  comparison: comparisonJsonSchema,
  trend: trendJsonSchema,
  schedule: scheduleJsonSchema,
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema(), undefined, 2)}\n`);
}
