// Loads narrow tables as a rehearsal loads its dataset, and says how long the rows took and how much memory.
import { systemClock } from '../../../dist/clock.js';
import { seedDataset } from '../../../dist/seed/index.js';

import { datasetOf } from './bed.js';

const TABLES = ['one', 'two', 'three', 'four'];

process.once('message', ({ connection, rows, connections }) => {
  void load(connection, rows, connections).then((result) => process.send(result));
});

async function load(connection, rows, connections) {
  const each = rows / TABLES.length;
  const dataset = datasetOf({
    sql: TABLES.map((table) => `CREATE TABLE ${table} (a int NOT NULL, b int NOT NULL);`).join('\n'),
    yaml: `schema: ./bench.sql\ntables:\n${TABLES.map(
      (table) =>
        `  ${table}: { rows: ${each}, columns: { a: { sequence: true }, b: { int: { range: [0, 1_000_000] } } } }\n`,
    ).join('')}`,
  });
  const { loading } = await seedDataset({
    connection,
    dataset,
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    connections,
    ownServer: true,
    resume: false,
  });
  return { seconds: loading / 1_000, peak: process.resourceUsage().maxRSS * 1024 };
}
