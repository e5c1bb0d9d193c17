import { expect, it } from 'vitest';

import { serverLine } from '#rooms/report/server-line.js';

const SERVER = { target: 'embedded', version: '18.4', versionNumber: 180_004, settings: {} };
const ID = `sha256:${'0123456789ab'.repeat(5)}0123`;

it('a server of our own', () => {
  expect(serverLine({ server: SERVER })).toBe('PostgreSQL 18.4 (embedded)');
  expect(serverLine({ server: undefined })).toBe('–');
});

it('a server in a container: its image, and its limits where it has some', () => {
  const container = { image: 'postgres:16', id: ID, sharedMemory: 1024 ** 3 };
  expect(serverLine({ server: { ...SERVER, target: 'container', container } })).toBe(
    'PostgreSQL 18.4 (container of postgres:16, sha256:0123456789ab)',
  );
  const limited = { ...container, digest: `sha256:${'f'.repeat(64)}`, cpus: 2, memory: 4e9 };
  expect(serverLine({ server: { ...SERVER, target: 'container', container: limited } })).toMatch(
    /\(container of postgres:16, sha256:ffffffffffff, 2 processors, .* GB\)$/,
  );
});
