import { expect, it } from 'vitest';

import { mayHaveEngine } from '#rooms/target/containers.js';

it('an engine is looked for where something says that there is one', () => {
  expect(mayHaveEngine({ DOCKER_HOST: 'tcp://10.0.0.1:2375' })).toBe(true);
});
