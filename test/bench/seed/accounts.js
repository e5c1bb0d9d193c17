// pgbench's accounts beside pgbench itself.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  datasetOf,
  inSession,
  inTurns,
  LOAD_HEAD,
  loadCells,
  millions,
  printTable,
  ratio,
  run,
} from './bed.js';
import { fromClientsFile, fromServersFile, generated, writeFile } from './loads.js';

/** Rows of pgbench's scale 1. */
const ROWS = 100_000;

/** What `pgbench -i` creates before it fills it (manual, pgbench). */
const SQL = `
CREATE TABLE pgbench_branches (bid int NOT NULL PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100);
CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int REFERENCES pgbench_branches, abalance int, filler char(84)) WITH (fillfactor = 100);
`;

const yaml = (scale) => `
schema: ./bench.sql
tables:
  pgbench_branches: { rows: ${scale}, scale: fixed }
  pgbench_accounts:
    per: pgbench_branches
    fanout: { mean: ${ROWS}, distribution: uniform }
    columns:
      aid: { sequence: { start: 1 } }
      abalance: { value: 0 }
      filler: { value: '' }
`;

/** pgbench's own client-side steps: tables, then rows; neither keys nor vacuum. */
function pgbench(program, settings, steps, scale) {
  return run(program, ['--initialize', `--init-steps=${steps}`, `--scale=${scale}`], {
    env: {
      ...process.env,
      PGHOST: settings.host,
      PGPORT: String(settings.port),
      PGUSER: settings.user,
      PGDATABASE: settings.database,
      PGPASSWORD: settings.password,
    },
  });
}

async function pgbenchRows(program, settings, scale) {
  const { stderr } = await pgbench(program, settings, 'g', scale);
  return { seconds: Number(/client-side generate ([\d.]+) s/.exec(stderr)[1]) };
}

/** Cost: reads the table. 14–18. */
const CONTENT = `SELECT count(*) || ' rows, hash ' || sum(hashtextextended(a::text, 0)) AS content FROM pgbench_accounts a`;

export async function accounts({ bed, scale, rounds }) {
  const program = findPgbench(bed.build);
  if (program === undefined) {
    console.log('no pgbench found, so nothing is compared with it (Debian: package postgresql-<major>)\n');
    return;
  }
  const { settings } = bed;
  await pgbench(program, settings, 'dt', scale);
  const table = datasetOf({ sql: SQL, yaml: yaml(scale) }).tables.find(
    ({ name }) => name === 'pgbench_accounts',
  );
  const file = join(bed.path, 'accounts.copy');
  await writeFile(table, file);
  const contents = new Set();
  const look = (load) =>
    inSession(settings, async (session) => {
      contents.add((await session.query(CONTENT)).rows[0].content);
      return load;
    });
  const best = await inTurns(rounds, {
    pgbench: async () => await look(await pgbenchRows(program, settings, scale)),
    ours: async () => await look(await generated(settings, table)),
    server: () => fromServersFile(settings, table, file),
    client: () => fromClientsFile(settings, table, file),
  });
  await inSession(settings, (session) => session.query('DROP TABLE pgbench_accounts'));
  console.log(`pgbench's accounts, ${millions(table.rows)} rows, one connection, fastest of ${rounds}`);
  const line = (name, load, limit) => [
    name,
    ...loadCells(load, table.rows),
    limit === undefined ? '' : ratio(load.seconds / best.ours.seconds, limit),
  ];
  printTable(
    [...LOAD_HEAD, 'ours beside it'],
    [
      line('ours, generated, binary COPY', best.ours),
      line('pgbench -i, client-side', best.pgbench, { least: 1 }),
      line('server reads a ready file of the same bytes', best.server, { least: 0.97 }),
      line('client sends that file', best.client, {}),
    ],
  );
  console.log(
    contents.size === 1
      ? `  the same in both: ${[...contents][0]}\n`
      : `  NOT the same rows: ${[...contents].join(' / ')}\n`,
  );
}

/** Beside the server, or of the newest server that the system has. */
function findPgbench(build) {
  const places = [build.bin, ...[18, 17, 16, 15, 14].map((major) => `/usr/lib/postgresql/${major}/bin`)];
  return places.map((place) => join(place, 'pgbench')).find((place) => existsSync(place));
}
