// What the observer reports against what is known beforehand and what the server itself logged, what it costs the traffic, and how it bears a
// thousand waiters: the numbers in the README.
// usage: npm run bench:observer [-- [truth] [cost] [crowd] [--directory /var/tmp] [--blocks 28]]
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { cost } from './observer/cost.js';
import { crowd } from './observer/crowd.js';
import { truth } from './observer/truth.js';

const PARTS = { truth, cost, crowd };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string', default: '/var/tmp' },
    blocks: { type: 'string', default: '28' },
  },
});

/** The embedded server, and the oldest one that is installed, where there is one: Debian keeps one for each version. */
function serverPrograms() {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).toSorted((a, b) => Number(a) - Number(b)) : [];
  const bins = versions.map((version) => join(folder, version, 'bin'));
  return [undefined, ...bins.filter((bin) => existsSync(join(bin, 'initdb'))).slice(0, 1)];
}

const settings = {
  directory: values.directory,
  blocks: Number(values.blocks),
  programs: serverPrograms(),
};
for (const part of positionals.length === 0 ? Object.keys(PARTS) : positionals) await PARTS[part](settings);
