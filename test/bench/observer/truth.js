// Holds and waits of known length through a whole rehearsal, beside what was asked and what the server's own log says of them.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { parseLockLog } from '../../../dist/postgres/index.js';
import { printTable } from '../seed/bed.js';
import { ms, observerBed, sql } from './bed.js';

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Milliseconds. */
const ASKED = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

const hold = (table, length) => ({
  sql: `BEGIN; LOCK TABLE ${table}; SELECT pg_sleep(${length / 1_000}); COMMIT`,
});

/** What is written anew is removed at COMMIT, after the locks are gone. */
const STEPS = [
  ...ASKED.map((length) => hold('accounts', length)),
  ...[100, 1_000].map((length) => hold('quiet', length)),
  { sql: 'BEGIN; LOCK TABLE large; ALTER TABLE large ALTER COLUMN id TYPE bigint; COMMIT' },
];
const NAMES = [
  ...ASKED.map((length) => `${length} ms, others wait`),
  '100 ms, nobody waits',
  '1000 ms, nobody waits',
  'a rewrite of 350 MB',
];
const LENGTHS = [...ASKED, 100, 1_000];

const TRAFFIC = {
  connections: 8,
  rate: '100/s',
  mix: { read: 4, write: 1 },
  transactions: {
    read: { query: 'SELECT balance FROM accounts WHERE id = :id', params: { id: 'int 1..1000' } },
    write: {
      query: 'UPDATE accounts SET balance = balance + 1 WHERE id = :id',
      params: { id: 'int 1..2' },
    },
  },
};

export async function truth({ directory, programs }) {
  for (const pgBin of programs) {
    const settings = {
      log_line_prefix: '%p %n ',
      log_min_duration_statement: '0',
      log_lock_waits: 'on',
      deadlock_timeout: '100ms',
    };
    const bed = await observerBed({ directory, pgBin, settings });
    try {
      await sql(
        bed.connection,
        'CREATE TABLE accounts AS SELECT id, 0 AS balance FROM generate_series(1, 1000) AS id',
        'CREATE TABLE quiet AS SELECT 1 AS id',
        'CREATE TABLE large AS SELECT id::int FROM generate_series(1, 10000000) AS id',
        'CHECKPOINT',
      );
      const report = await rehearsed(bed);
      const log = readLog(await bed.instance.logTail(Infinity));
      console.log(`PostgreSQL ${bed.version}: holds of the migration`);
      printHolds(report, log);
      console.log(`\nPostgreSQL ${bed.version}: waits longer than deadlock_timeout (100 ms)`);
      printWaits(report, log);
      console.log();
    } finally {
      await bed.close();
    }
  }
}

async function rehearsed({ path, connection }) {
  const folder = join(path, 'files');
  mkdirSync(folder);
  const file = join(folder, 'truth.yaml');
  const { host, port, user, password, database } = connection;
  const scenario = {
    dataset: 'existing',
    databases: [database],
    traffic: TRAFFIC,
    phases: { warmup: '500ms', baseline: '1s', migration: { min: '1s' }, recovery: '500ms' },
    migration: STEPS,
  };
  writeFileSync(file, JSON.stringify(scenario));
  const words = ['run', file, '--target', `postgres://${user}@${host}:${port}/${database}`];
  const env = { ...process.env, PGPASSWORD: password };
  await run(process.execPath, [COMMAND, 'mark', words[3], '--confirm', database], { env });
  // Its verdict is not the question.
  await run(process.execPath, [COMMAND, ...words, '--out', join(folder, 'out'), '--quiet'], { env }).catch(
    () => undefined,
  );
  const [name] = readdirSync(join(folder, 'out'));
  return JSON.parse(readFileSync(join(folder, 'out', name, 'report.json'), 'utf8'));
}

/** `%p %n LOG:  duration: 0.123 ms  statement: …`, and the messages of `log_lock_waits`. */
function readLog(text) {
  const lines = text.split('\n').flatMap((line) => {
    const [, pid, at, message] = /^(\d+) (\d+\.\d+) LOG: +(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), at: Number(at) * 1_000, message }];
  });
  const waits = lines.flatMap(({ message }) => parseLockLog(message) ?? []);
  const statements = lines.flatMap(({ pid, at, message }) => {
    const [, took, statement] =
      /^duration: ([\d.]+) ms +(?:statement|execute [^:]*): (.*)$/.exec(message) ?? [];
    return took === undefined ? [] : [{ pid, at, took: Number(took), statement }];
  });
  return { waits: waits.filter(({ kind }) => kind === 'acquired'), statements };
}

/** From the answer to LOCK TABLE to that to COMMIT, by the server's clock; the release is somewhere in COMMIT. */
function holdsIn({ statements }) {
  return statements.flatMap((begun, index) => {
    if (!/^LOCK TABLE/.test(begun.statement)) return [];
    const commit = statements
      .slice(index)
      .find(({ pid, statement }) => pid === begun.pid && /^COMMIT/.test(statement));
    return [
      {
        least: commit.at - commit.took - begun.at,
        most: commit.at - begun.at + begun.took,
        commit: commit.took,
      },
    ];
  });
}

function printHolds({ migration }, log) {
  const known = holdsIn(log);
  const rows = migration.steps.map(({ statements }, index) => {
    const lock = statements[0].locks.find(({ mode }) => mode === 'AccessExclusiveLock');
    const { least, most, commit } = known[index];
    const off = lock.held < least ? lock.held - least : Math.max(0, lock.held - most);
    const allowed = Math.max(5, least / 100);
    return [
      NAMES[index],
      LENGTHS[index] === undefined ? '' : ms(LENGTHS[index]),
      ms(least),
      ms(commit),
      ms(lock.held),
      lock.source,
      `${ms(off)}${Math.abs(off) > allowed ? ' MISSED' : ''}`,
    ];
  });
  printTable(
    [
      'hold',
      'asked',
      'logged, to COMMIT',
      'COMMIT',
      'reported',
      'source',
      'outside of it (asked: 5 ms or 1 %)',
    ],
    rows,
  );
}

function printWaits({ lockWaits, observer }, { waits }) {
  const key = (pid, mode) => `${pid} ${mode}`;
  const left = new Map();
  for (const { waiter, mode, duration, timing } of lockWaits)
    if (timing === 'exact')
      left.set(key(waiter.pid, mode), [...(left.get(key(waiter.pid, mode)) ?? []), duration]);
  const bounds = [100, 250, 600, 1_100, 2_200, 5_500, Infinity];
  const groups = bounds
    .slice(1)
    .map((to, index) => ({ from: bounds[index], to, logged: 0, found: 0, off: 0, longest: 0 }));
  for (const { pid, mode, waited } of waits) {
    const group = groups.find(({ from, to }) => waited >= from && waited < to);
    group.logged++;
    group.longest = Math.max(group.longest, waited);
    const candidates = left.get(key(pid, mode)) ?? [];
    const nearest = candidates.toSorted((a, b) => Math.abs(a - waited) - Math.abs(b - waited))[0];
    if (nearest === undefined || Math.abs(nearest - waited) > Math.max(5, waited / 100)) continue;
    candidates.splice(candidates.indexOf(nearest), 1);
    group.found++;
    group.off = Math.max(group.off, Math.abs(nearest - waited));
  }
  printTable(
    ['length', 'logged', 'reported', 'longest', 'largest difference'],
    groups.map(({ from, to, logged, found, off, longest }) => [
      to === Infinity ? `${from} ms and more` : `${from} to ${to} ms`,
      String(logged),
      `${found}${found < logged ? ' MISSED' : ''}`,
      ms(longest),
      ms(off),
    ]),
  );
  const { seen, attributed } = observer.lockWaits;
  console.log(`  all waits reported: ${seen}, with their root: ${attributed}; samples: ${observer.samples}`);
}
