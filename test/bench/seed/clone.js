// The clone of a cached dataset beside a plain copy of its files.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../../../dist/clock.js';
import { seedDataset } from '../../../dist/seed/index.js';
import { createInstance, datasetCache, LOAD_SETTINGS } from '../../../dist/target/index.js';

import { inTurns, printTable, ratio, run, shop, timed } from './bed.js';

const KEY = 'bench';

export async function clone({ bed, full, rounds }) {
  const cache = datasetCache(bed.home, bed.build);
  const entry = await loaded(cache, full ? 0.08 : 0.02);
  const copy = join(bed.path, 'copy');
  const data = join(entry.directory, 'data');
  const best = await inTurns(rounds, {
    ours: async () => {
      const instance = await createInstance(bed.home, bed.build);
      try {
        return { seconds: await timed(() => cache.cloneInto(entry, instance)) };
      } finally {
        await instance.close();
      }
    },
    cp: async () => {
      try {
        return { seconds: await timed(() => run('cp', ['-a', data, copy])) };
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
  });
  console.log(
    `clone of a cached dataset, the shop with ${(entry.size / 1024 ** 3).toFixed(2)} GB in files, fastest of ${rounds}`,
  );
  printTable(
    ['', 's', 'MB/s', 'ours beside it'],
    [
      line('ours: clone with a password of its own', best.ours.seconds, entry, ''),
      line(
        'cp -a of the files',
        best.cp.seconds,
        entry,
        ratio(best.ours.seconds / best.cp.seconds, { most: 1.2 }),
      ),
    ],
  );
  console.log('');
}

const line = (name, took, entry, rest) => [
  name,
  took.toFixed(2),
  String(Math.round(entry.size / took / 1e6)),
  rest,
];

/** As `rehearse dataset load` makes an entry of the cache. */
async function loaded(cache, scale) {
  const { signal } = new AbortController();
  const { place } = await cache.obtain(KEY, { signal, onWait: () => undefined });
  try {
    const dataset = shop(scale);
    const server = await place.instance.start(LOAD_SETTINGS);
    const { rows, card } = await seedDataset({
      connection: server.connection,
      dataset,
      clock: systemClock,
      signal,
      onProgress: () => undefined,
      ownServer: true,
      resume: false,
    });
    await place.instance.stop();
    return await place.publish({ dataset: dataset.name, scale, seed: dataset.seed, rows, card });
  } finally {
    await place[Symbol.asyncDispose]();
  }
}
