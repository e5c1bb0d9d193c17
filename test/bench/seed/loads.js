// One table, loaded by us and by the yardsticks: the server's own COPY from a ready file of the same bytes.
import { createReadStream, createWriteStream } from 'node:fs';
import { chmodSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';

import { columnList, rowEncoder } from '../../../dist/dataset/index.js';
import { copyData } from '../../../dist/seed/rows.js';

import { inSession, processorSeconds, timed } from './bed.js';

const copy = (table, source) =>
  `COPY ${table.sqlName} (${columnList(table)}) FROM ${source} (FORMAT binary, FREEZE)`;

/**
 * In one transaction that empties the table first: what a load does, and all that is timed. Besides the seconds those of
 * the processors, of this process and of the server's.
 */
async function replaceRows(settings, table, work) {
  return await inSession(settings, async (session) => {
    const server = processorSeconds(session.pid);
    const own = process.cpuUsage();
    const seconds = await timed(async () => {
      await session.query('BEGIN');
      await session.query(`TRUNCATE ${table.sqlName}`);
      await work(session);
      await session.query('COMMIT');
    });
    const { user, system } = process.cpuUsage(own);
    return { seconds, own: (user + system) / 1e6, server: processorSeconds(session.pid) - server };
  });
}

/** Generated and sent on one connection. */
export const generated = (settings, table) =>
  replaceRows(settings, table, (session) => session.copyIn(copy(table, 'STDIN'), rowsOf(table)));

export const rowsOf = (table, from = 0, to = table.rows) =>
  copyData({
    encoder: rowEncoder(table),
    from,
    to,
    signal: new AbortController().signal,
    onRows: () => undefined,
  });

/** The file is read by the server itself: no client, no socket. */
export const fromServersFile = (settings, table, file) =>
  replaceRows(settings, table, (session) => session.query(copy(table, `'${file}'`)));

/** The file is read by us and sent over the socket. */
export const fromClientsFile = (settings, table, file) =>
  replaceRows(settings, table, (session) =>
    session.copyIn(copy(table, 'STDIN'), createReadStream(file, { highWaterMark: 256 * 1024 })),
  );

/** The very bytes that we send. */
export async function writeFile(table, file) {
  await pipeline(Readable.from(rowsOf(table)), createWriteStream(file));
  chmodSync(file, 0o644);
}

/** Each connection has a thread and a table of its own, as leaf partitions have; seconds until the last is done. */
export async function generatedByThreads(settings, tables) {
  const workers = tables.map(
    (table) => new Worker(new URL('./load-worker.js', import.meta.url), { workerData: { settings, table } }),
  );
  const said = (worker) =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  try {
    await Promise.all(workers.map(said));
    const seconds = await timed(async () => {
      const done = workers.map(said);
      for (const worker of workers) worker.postMessage('go');
      await Promise.all(done);
    });
    return { seconds };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
