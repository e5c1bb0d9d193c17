// The shop's widest table: generation included, beside the server's COPY from a ready file of the same bytes.
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { inSession, inTurns, LOAD_HEAD, loadCells, millions, printTable, ratio, shop } from './bed.js';
import { fromClientsFile, fromServersFile, generated, generatedByThreads, writeFile } from './loads.js';

export async function widest({ bed, rows, rounds }) {
  const dataset = shop(1);
  const inShop = dataset.tables.toSorted((one, other) => other.bytesPerRow - one.bytesPerRow)[0];
  const { settings } = bed;
  const threads = [1, 2, 4];
  const copies = Array.from({ length: Math.max(...threads) }, (_, index) => `widest_${index}`);
  await inSession(settings, async (session) => {
    for (const { text } of dataset.schemaStatements) await session.query(text);
    for (const copy of copies) {
      // As a load has it: types, NOT NULL and CHECK, no indexes and keys.
      await session.query(
        `CREATE TABLE ${copy} (LIKE ${inShop.sqlName} INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING STORAGE)`,
      );
    }
  });
  const [table, ...others] = copies.map((copy) => ({ ...inShop, sqlName: copy, rows }));
  const file = join(bed.path, 'widest.copy');
  await writeFile(table, file);
  const best = await inTurns(rounds, {
    ours: () => generated(settings, table),
    server: () => fromServersFile(settings, table, file),
    client: () => fromClientsFile(settings, table, file),
    thread: () => generatedByThreads(settings, [table]),
    two: () => generatedByThreads(settings, [table, ...others.slice(0, 1)]),
    four: () => generatedByThreads(settings, [table, ...others]),
  });
  await inSession(settings, (session) => session.query(`DROP TABLE ${copies.join(', ')}`));
  const bytes = statSync(file).size;
  console.log(
    `the shop's widest table, ${inShop.display}: ${inShop.columns.length} columns, ${Math.round(bytes / rows)} bytes a row; ${millions(rows)} rows a table, fastest of ${rounds}`,
  );
  const line = (name, load, { tables = 1, limit } = {}) => [
    name,
    ...loadCells(load, rows * tables),
    String(Math.round((bytes * tables) / load.seconds / 1e6)),
    limit === undefined ? '' : ratio(load.seconds / best.ours.seconds, limit),
  ];
  printTable(
    [...LOAD_HEAD, 'MB/s', 'ours beside it'],
    [
      line('ours, generation included, one connection', best.ours),
      line('server reads a ready file of the same bytes', best.server, { limit: { least: 0.85 } }),
      line('client sends that file', best.client, { limit: {} }),
      line('ours, one connection in a thread', best.thread),
      line('ours, two connections, two tables', best.two, { tables: 2 }),
      line('ours, four connections, four tables', best.four, { tables: 4 }),
    ],
  );
  console.log('');
}
