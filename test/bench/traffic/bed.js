// A server with pgbench's tables, and one run of ours or of pgbench's with the same script, connections and rate.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { makeExistingPlan } from '../../../dist/plan/index.js';
import { parseScenario } from '../../../dist/scenario/index.js';
import { LatencyHistogram } from '../../../dist/statistics/index.js';
import { createInstance, findBuild, harnessHome, MEASURE_SETTINGS } from '../../../dist/target/index.js';
import { startGenerator } from '../../../dist/traffic/index.js';
import { processorSeconds } from '../seed/bed.js';

const run = promisify(execFile);

/** pgbench's scale: 10 million accounts would be 100. */
const SCALE = 50;

/** As pgbench's built-in tpcb-like. */
export const TPCB = readFileSync(new URL('../../pgbench/tpcb-like.sql', import.meta.url), 'utf8');

export const SELECT = `\\set aid random(1, 100000 * :scale)
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
`;

export async function trafficBed({ directory, pgbench }) {
  const path = mkdtempSync(join(directory, 'rehearse-bench-'));
  // As root the server runs as another user, who must get in.
  chmodSync(path, 0o755);
  const home = await harnessHome({ PG_REHEARSE_HOME: path });
  const build = await findBuild(home, {});
  const instance = await createInstance(home, build);
  await instance.initialize();
  // Not durable: the disks of a shared machine would be measured instead of the generators.
  const server = await instance.start({
    ...MEASURE_SETTINGS,
    fsync: 'off',
    synchronous_commit: 'off',
    autovacuum: 'off',
  });
  const { connection } = server;
  const env = {
    ...process.env,
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    PGPASSWORD: connection.password,
    PGDATABASE: connection.database,
  };
  await run(pgbench, ['-i', '-q', '-s', String(SCALE)], { env });
  return {
    path,
    connection,
    pgbench,
    env,
    version: build.version,
    pgbenchVersion: async () => (await run(pgbench, ['--version'])).stdout.trim(),
    close: async () => {
      await instance.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** One run of pgbench; with a rate each transaction's latency and schedule lag, in milliseconds. */
export async function pgbenchRun(bed, { script, connections, rate, seconds }) {
  const folder = mkdtempSync(join(bed.path, 'log-'));
  const file = join(folder, 'script.sql');
  writeFileSync(file, script);
  const words = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '1', '-T', String(seconds)];
  const scale = ['-D', `scale=${SCALE}`, '-f', file];
  const rated = rate === undefined ? [] : ['-R', String(rate), '-l', `--log-prefix=${join(folder, 'log')}`];
  const { stdout, used } = await watched(bed.pgbench, [...words, ...scale, ...rated], bed.env);
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const processed = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
  if (rate === undefined) return { perSecond, processed, used };
  const response = new LatencyHistogram();
  const service = new LatencyHistogram();
  // client, number, latency, script, second, microsecond, schedule lag: microseconds (manual, pgbench, Per-Transaction Logging).
  for (const name of readdirSync(folder).filter((one) => one.startsWith('log.'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').trim().split('\n')) {
      const [, , latency, , , , lag] = line.split(' ').map(Number);
      response.record(latency / 1000);
      service.record((latency - lag) / 1000);
    }
  }
  return { perSecond, response, service };
}

/** What it prints, and the processor seconds that it used, as far as its last tenth of a second. */
async function watched(program, words, env) {
  const running = run(program, words, { env });
  let used;
  const timer = setInterval(() => {
    used = processorSeconds(running.child.pid) ?? used;
  }, 100);
  try {
    const { stdout } = await running;
    return { stdout, used };
  } finally {
    clearInterval(timer);
  }
}

/** One run of ours, driven as `rehearse run` drives it: a second of warm-up, then what is measured. */
export async function ourRun(
  bed,
  {
    script,
    scale = SCALE,
    connections,
    rate,
    seconds,
    workers = 1,
    precision = 'high',
    clock = process.hrtime.bigint,
  },
) {
  const plan = planOf({ script, scale, connections, rate, workers, precision });
  const generator = startGenerator(workers);
  const ended = new AbortController();
  try {
    const traffic = await generator.prepare(plan, bed.connection, {
      onProgress: () => undefined,
      signal: ended.signal,
    });
    const origin = Number(clock()) / 1e6 + 100;
    const before = ownSeconds();
    traffic.start(origin, [
      { phase: 'warmup', at: 0 },
      { phase: 'baseline', at: 1000 },
    ]);
    const recording = await traffic.finish((seconds + 1) * 1000, 5000);
    const after = ownSeconds();
    const used = { user: after.user - before.user, system: after.system - before.system };
    return { recording, used, ...measured(recording, seconds) };
  } finally {
    await generator[Symbol.asyncDispose]();
  }
}

function planOf({ script, scale, connections, rate, workers, precision }) {
  const traffic = {
    workers,
    precision,
    connections,
    ...(rate === undefined ? { executor: 'max' } : { rate: `${rate}/s` }),
    transactions: { bench: { file: 'bench.sql', params: { scale } } },
  };
  const scenario = { dataset: 'existing', traffic, migration: { sql: 'SELECT 1' } };
  const read = () => ({ file: 'bench.sql', text: script });
  const parsed = parseScenario({ file: 'bench.yaml', text: JSON.stringify(scenario) }, read);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues, null, 2));
  const plan = makeExistingPlan(parsed.value);
  if (!plan.ok) throw new Error(JSON.stringify(plan.issues, null, 2));
  return plan.value.traffic;
}

function measured({ transactions, generator }, seconds) {
  const found = transactions.find(({ phase }) => phase === 'baseline');
  if (found === undefined) throw new Error('nothing was recorded');
  const histogram = (name) => LatencyHistogram.decode(found[name].histogram);
  return {
    planned: found.planned,
    completed: found.completed,
    failed: found.failed,
    perSecond: found.completed / seconds,
    response: histogram('response'),
    service: histogram('service'),
    lag: histogram('dispatchLag'),
    eventLoop: generator.eventLoopUtilization,
    collections: generator.garbageCollection,
  };
}

/** Processor seconds that this process has used, all of its threads. */
function ownSeconds() {
  const { user, system } = process.cpuUsage();
  return { user: user / 1e6, system: system / 1e6 };
}

export const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
