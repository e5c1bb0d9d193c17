import { expect, it } from 'vitest';

import { accountOf, drive, trafficOf } from './driven.js';
import { encrypted } from './encrypted.js';
import { homeAt, newInstance, removeDirectory, temporaryDirectory } from './server.js';

it('traffic goes through TLS as it goes without', async () => {
  const directory = temporaryDirectory();
  const instance = await newInstance(await homeAt(directory));
  try {
    await instance.initialize();
    const connection = await encrypted(instance, { shared_buffers: '32MB', fsync: 'off' });
    const traffic = trafficOf({
      connections: 3,
      rate: '100/s',
      arrival: 'uniform',
      transactions: {
        it: {
          params: { text: 'uuid' },
          steps: [
            {
              query: 'SELECT ssl, repeat(:text, 2000) AS big FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
              capture: { big: 'big' },
              expect: { columns: { ssl: true } },
            },
            { query: 'SELECT length(:big) AS n', expect: { columns: { n: 72_000 } } },
          ],
        },
      },
    });
    const recording = await drive(traffic, connection, { lasts: 1_000 });
    expect(recording.errors).toEqual([]);
    expect(accountOf(recording)).toMatchObject({ planned: 100, completed: 100 });
  } finally {
    await instance.close();
    removeDirectory(directory);
  }
});
