import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { sweepContainers } from '#rooms/target/index.js';
import { docker, DOCKER, ourContainers, ourVolumes } from './docker.js';
import { ledger } from './ledger.js';
import { command, newHome, only, rehearse, startRehearsal, type Rehearsal } from './rehearsal.js';

const { image, environment } = DOCKER ?? { image: '', environment: {} };
const TARGET = ['--target', `container:${image}`];
/** Longer than any test lasts. */
const LONG = '90s';
const INDEX = { sql: 'CREATE INDEX ON entries (account_id)', lock_timeout: '2s' };

describe.skipIf(DOCKER === undefined)('a run in a container', () => {
  const before = DOCKER === undefined ? [] : ourVolumes();
  const home = newHome();
  const run = (file: string, ...words: readonly string[]): Rehearsal =>
    startRehearsal(home, [file, ...TARGET, ...words], { environment });
  const scenario = (more: Record<string, unknown> = {}): string =>
    ledger(home.files, { migration: INDEX, more });
  const ourNewVolumes = (): readonly string[] => ourVolumes().filter((name) => !before.includes(name));

  afterAll(async () => {
    const { stdout } = await command(['cache', 'list', '--json'], { home, environment });
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ kind: 'volume', dataset: 'ledger', scale: 1 }),
    );
    expect((await command(['cache', 'prune', '--all'], { home, environment })).stdout).toMatch(
      /removed the volume of ledger at scale 1 for pg-rehearse-test:15/,
    );
    expect(ourNewVolumes()).toEqual([]);
    expect(ourContainers()).toEqual([]);
    await home[Symbol.asyncDispose]();
  });

  it('two at once: one loads the dataset, both run on copies of it, within their limits', async () => {
    const limits = { cpus: 1.5, memory: '256MB', shared_memory: '64MB' };
    const file = scenario({ container: limits, settings: { work_mem: '5MB' } });
    const runs = [run(file), run(file)];
    const inspected = Promise.any(runs.map((one) => one.says(/warmup/).then(inspectServer)));
    const done = await Promise.all(runs.map((one) => one.reported()));
    expect(done.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, expect.anything()],
      [0, expect.anything()],
    ]);
    expect(await inspected).toMatchObject({
      NanoCpus: 1_500_000_000,
      Memory: 256 * 1024 ** 2,
      MemorySwap: 256 * 1024 ** 2,
      ShmSize: 64 * 1024 ** 2,
      PortBindings: { '5432/tcp': [{ HostIp: '127.0.0.1' }] },
    });
    const reports = done.map((one) => only(one).report);
    expect(reports.map(({ dataset }) => dataset.fromCache).toSorted()).toEqual([false, true]);
    expect(done.map(({ stderr }) => /is loading this dataset; waiting for it/.test(stderr))).toContain(true);
    for (const { server, observer } of reports) {
      expect(server).toMatchObject({
        target: 'container',
        container: { image, cpus: 1.5, memory: 256 * 1024 ** 2 },
        settings: { shared_buffers: '8192 8kB', work_mem: '5120 kB', deadlock_timeout: '100 ms' },
      });
      expect(server?.container?.id).toMatch(/^sha256:/);
      expect(observer?.missing.join()).not.toMatch(/the log of a server/);
    }
    expect(ourContainers()).toEqual([]);
    expect(ourNewVolumes()).toHaveLength(2);
  });

  it('Ctrl-C: what was measured is reported, the container is gone, the volume of the dataset stays', async () => {
    const running = run(scenario(), '--set', `phases.baseline=${LONG}`);
    await running.says(/baseline \d.* completed/);
    expect(ourContainers()).toHaveLength(1);
    running.signal('SIGINT');
    const done = await running.reported();
    expect(done.exitCode).toBe(130);
    expect(only(done).report).toMatchObject({
      outcome: { kind: 'interrupted', during: 'baseline' },
      dataset: { fromCache: true },
    });
    expect(ourContainers()).toEqual([]);
    expect(ourNewVolumes()).toHaveLength(2);
  });

  it('its container killed: target lost, with the last lines of its log', async () => {
    const running = run(scenario(), '--set', `phases.baseline=${LONG}`);
    await running.says(/baseline \d.* completed/);
    docker('kill', ...ourContainers());
    const done = await running.reported();
    expect(done.exitCode).toBe(3);
    const { outcome } = only(done).report;
    const { code, message } = outcome.kind === 'failed' ? outcome.failure : {};
    expect(code).toBe('target.lost');
    expect(message).toMatch(/the server died: exit code 137\n.*ready to accept connections/s);
    expect(ourContainers()).toEqual([]);
  });

  it('the harness killed: the next one removes what it left', async () => {
    const running = run(scenario(), '--set', `phases.baseline=${LONG}`);
    await running.says(/baseline \d.* completed/);
    running.child.kill('SIGKILL');
    await running.ended;
    const [left = ''] = ourContainers();
    expect(ourNewVolumes()).toHaveLength(3);
    expect(await sweepContainers()).toEqual([`container ${left}`, `volume ${left}`]);
    expect(ourContainers()).toEqual([]);
    expect(ourNewVolumes()).toHaveLength(2);
  });

  it.each([
    [
      'a setting that it does not know',
      { settings: { work_mem: 'oops' } },
      2,
      /does not accept a setting: .*"work_mem"/,
    ],
    [
      'less memory than Docker takes',
      { container: { memory: '4MB' } },
      3,
      /[Mm]inimum memory[^]*give it more memory/,
    ],
    [
      'less memory than the server needs',
      { container: { memory: '10MB' } },
      3,
      /out of memory \(its limit is 10 MB\)/,
    ],
    [
      'a port that is not where it is expected',
      { container: { start_timeout: '20s', environment: { PGPORT: 5433 } } },
      3,
      /within 20 s: [^]*so its port can not be\s+reached/,
    ],
  ])('%s', async (_, more, exitCode, message) => {
    const done = await run(scenario(more)).reported();
    expect(done.stdout).toMatch(message);
    expect(done.exitCode).toBe(exitCode);
    expect(ourContainers()).toEqual([]);
    expect(ourNewVolumes()).toHaveLength(2);
  });

  it('an extension that the image has not', async () => {
    const file = scenario();
    writeFileSync(
      join(home.files, 'ledger.sql'),
      'CREATE EXTENSION postgis; CREATE TABLE accounts (id int); CREATE TABLE entries (id int);',
    );
    const dataset = { schema: './ledger.sql', tables: { accounts: { rows: 1 }, entries: { rows: 1 } } };
    writeFileSync(join(home.files, 'ledger.yaml'), JSON.stringify(dataset));
    const done = await run(file).reported();
    expect(done.stdout).toMatch(/extension "postgis" is not available/);
    expect(done.exitCode).toBe(3);
    expect(ourContainers()).toEqual([]);
    expect(ourNewVolumes()).toHaveLength(2);
  });

  it('an image that is not PostgreSQL, and one that can not be had', async () => {
    const other = 'pg-rehearse-test:other';
    const made = docker('create', image);
    docker('commit', '--change', 'ENTRYPOINT ["sleep", "90"]', '--change', 'CMD []', made, other);
    docker('rm', '--volumes', made);
    try {
      for (const [reference, message] of [
        [other, /of pg-rehearse-test:other ended before its server\s+took\s+connections: exit code 1/],
        ['pg-rehearse-no-such-image:1', /the image pg-rehearse-no-such-image:1 can not be had/],
      ] as const) {
        const done = await rehearse(home, [scenario(), '--target', `container:${reference}`], {
          environment,
        });
        expect(done.stdout).toMatch(message);
        expect(done.exitCode).toBe(3);
      }
      expect(ourContainers()).toEqual([]);
    } finally {
      docker('rmi', other);
    }
  });
});

/** What the engine was told of the container whose server is being measured. */
/** Of a server: containers that only copy a volume come and go beside it, and have no limits. */
function inspectServer(): unknown {
  return ourContainers()
    .filter((name) => !name.startsWith('pg-rehearse-dataset-'))
    .flatMap(configurationsOf)
    .find(({ PortBindings }) => PortBindings !== null);
}

/** None of one that is gone meanwhile. */
function configurationsOf(container: string): readonly { readonly PortBindings: unknown }[] {
  try {
    const text = docker('inspect', '--format', '{{json .HostConfig}}', container);
    return [JSON.parse(text) as { readonly PortBindings: unknown }];
  } catch {
    return [];
  }
}

describe('a container that can not be', () => {
  const refused = async (words: readonly string[], settings: Record<string, string> = {}) => {
    await using home = newHome();
    const file = ledger(home.files, { migration: INDEX });
    return await command(['run', file, ...words, '--out', join(home.files, 'out')], {
      home,
      environment: { ...settings, HOME: home.files },
    });
  };

  it('without a Docker engine: said, with what to do', async () => {
    const done = await refused(['--target', 'container:postgres:16'], {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
      // The sockets of this machine would do as well.
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
    });
    if (DOCKER === undefined || environment['DOCKER_HOST'] !== undefined) {
      expect(done.stdout).toMatch(/needs a Docker engine, and none answers/);
      expect(done.exitCode).toBe(3);
    }
  });

  it.each([
    [['--target', 'container:'], /expects an image, found ""/],
    [['--target', 'container:postgres:16', '--pg-bin', '/usr/bin'], /a container has its own/],
    [
      ['--target', 'container:postgres:16', '--set', 'dataset=existing'],
      /dataset: existing needs the database/,
    ],
    [
      ['--target', 'container:postgres:16', '--set', 'container.environment.PGDATA=/data'],
      /container\.environment\.PGDATA: belongs to the harness/,
    ],
  ])('%s', async (words, message) => {
    const done = await refused(words);
    expect(done.stderr).toMatch(message);
    expect(done.exitCode).toBe(2);
  });
});
