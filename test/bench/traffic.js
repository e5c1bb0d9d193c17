// What our generator makes of a rate, how much it can carry and what that costs, beside pgbench on the same server: the numbers in the README.
// usage: npm run bench:traffic [-- [rates] [capacity] [recording] [memory] [--seconds 15] [--rounds 3] [--pgbench <program>] [--minutes 30]]
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { capacity } from './traffic/capacity.js';
import { memory } from './traffic/memory.js';
import { rates } from './traffic/rates.js';
import { recording } from './traffic/recording.js';
import { trafficBed } from './traffic/bed.js';

const PARTS = { rates, capacity, recording, memory };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pgbench: { type: 'string' },
    directory: { type: 'string', default: '/var/tmp' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '30' },
  },
});

/** Debian keeps one for each version. */
function pgbenchProgram() {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(folder, version, 'bin', 'pgbench')).find(existsSync) ?? 'pgbench';
}

const parts = positionals.length === 0 ? ['rates', 'capacity', 'recording'] : positionals;
const bed = await trafficBed({
  directory: values.directory,
  pgbench: values.pgbench ?? pgbenchProgram(),
});
try {
  console.log(`PostgreSQL ${bed.version}, Node ${process.version}, ${await bed.pgbenchVersion()}\n`);
  const settings = {
    bed,
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    minutes: Number(values.minutes),
  };
  for (const part of parts) await PARTS[part](settings);
} finally {
  await bed.close();
}
