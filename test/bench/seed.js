// How fast datasets load, how much memory that takes, and how exactly they are what was asked: the numbers in the README.
// usage: npm run bench:seed [-- [accounts] [widest] [memory] [clone] [exactness] [--full] [--pg-bin <directory>] [--directory <place of the server>]]
import { parseArgs } from 'node:util';

import { accounts } from './seed/accounts.js';
import { testBed } from './seed/bed.js';
import { clone } from './seed/clone.js';
import { exactness } from './seed/exactness.js';
import { memory } from './seed/memory.js';
import { widest } from './seed/widest.js';

const PARTS = { accounts, widest, memory, clone, exactness };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    'pg-bin': { type: 'string' },
    directory: { type: 'string', default: '/var/tmp' },
    rounds: { type: 'string', default: '5' },
  },
});
const parts = positionals.length === 0 ? Object.keys(PARTS) : positionals;

const bed = await testBed({ pgBin: values['pg-bin'], directory: values.directory });
try {
  console.log(`PostgreSQL ${bed.build.version}, Node ${process.version}\n`);
  for (const part of parts) {
    await PARTS[part]({
      bed,
      rounds: Number(values.rounds),
      scale: values.full ? 50 : 20,
      rows: values.full ? 1_000_000 : 200_000,
      full: values.full,
    });
  }
} finally {
  await bed.close();
}
