import { expect, it } from 'vitest';

import { dataPlace } from '#rooms/target/container/image.js';

it.each([
  [
    'postgres:16',
    {
      Env: ['PATH=/usr/bin', 'PGDATA=/var/lib/postgresql/data'],
      Volumes: { '/var/lib/postgresql/data': {} },
    },
    { directory: '/var/lib/postgresql/data', mount: '/var/lib/postgresql/data' },
  ],
  [
    'postgres:18, whose volume is above its data',
    { Env: ['PGDATA=/var/lib/postgresql/18/docker'], Volumes: { '/var/lib/postgresql': {} } },
    { directory: '/var/lib/postgresql/18/docker', mount: '/var/lib/postgresql' },
  ],
  [
    'an image that declares nothing, or something else',
    { Env: null, Volumes: { '/var/lib/postgresql/dat': {} } },
    { directory: '/var/lib/postgresql/data', mount: '/var/lib/postgresql/data' },
  ],
])('the data of %s', (_, config, place) => {
  expect(dataPlace(config)).toEqual(place);
});
