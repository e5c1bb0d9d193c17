// How long a rehearsal takes to get going, and how much memory it needs: the numbers in the README.
// usage: npm run bench:start [-- <scenario> [--set …]]
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [scenario = 'scenarios/orders-add-column-naive.yaml', ...options] = process.argv.slice(2);
const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
// A home of its own, so that the first run has no cache.
const home = mkdtempSync('/var/tmp/rehearse-bench-');
// As root, the server runs as another user, who must get in.
chmodSync(home, 0o755);

function rehearse() {
  const began = performance.now();
  const run = spawnSync(
    process.execPath,
    [command, 'run', scenario, '--json', '--out', reports, ...options],
    {
      env: { ...process.env, PG_REHEARSE_HOME: home },
      encoding: 'utf8',
    },
  );
  if (run.stdout === '') throw new Error(run.stderr);
  const [{ report, verdict }] = JSON.parse(run.stdout);
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const warmup = result.phases.find(({ name }) => name === 'baseline')?.startedAt ?? 0;
  const rows = Object.values(result.dataset.rows).reduce((sum, count) => sum + count, 0);
  return {
    verdict,
    seconds: (performance.now() - began) / 1000,
    preparation: result.preparation / 1000,
    baseline: (result.preparation + warmup) / 1000,
    rows,
    memory: result.host.harnessPeakMemory / 1024 ** 2,
  };
}

try {
  const first = rehearse();
  const second = rehearse();
  const show = (name, run) =>
    console.log(
      `${name}  ${run.verdict}, ${run.seconds.toFixed(1)} s in all, first arrival after ${run.preparation.toFixed(1)} s, first judged second after ${run.baseline.toFixed(1)} s, peak memory ${run.memory.toFixed(0)} MB`,
    );
  console.log(`${scenario}: ${first.rows.toLocaleString('en')} rows`);
  show('first run, seeding     ', first);
  show('second run, from cache ', second);
  console.log(
    `ratio of the preparations, second to first: ${(second.preparation / first.preparation).toFixed(3)}`,
  );
} finally {
  rmSync(reports, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}
