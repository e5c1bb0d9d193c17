// Whether a comparison keeps quiet where nothing changed and speaks where something did: the tables in the README. About 8 minutes.
// usage: npm run bench:compare [-- --runs 10] [--keep <folder>] [--reports <folder>]   (--reports: runs that were made before, nothing is run)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { readReport } from '../../dist/result/index.js';
import { RARE, SLOWDOWN, WORK, writeScenarios } from './compare/scenarios.js';
import { identicalRuns, slowedRuns, severalRuns } from './compare/tables.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    keep: { type: 'string' },
    reports: { type: 'string' },
  },
});
const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = values.reports ?? values.keep ?? mkdtempSync(join(tmpdir(), 'rehearse-bench-'));

function rehearse(scenario, out) {
  const run = spawnSync(process.execPath, [command, 'run', scenario, '--quiet', '--json', '--out', out], {
    encoding: 'utf8',
  });
  if (run.stdout === '') throw new Error(run.stderr);
  const [{ verdict }] = JSON.parse(run.stdout);
  process.stderr.write(`${scenario}: ${verdict}\n`);
}

/** A B A B, so that both meet the same moods of the machine; the first of each only warms it up. */
function makeRuns(runs) {
  const scenarios = writeScenarios(folder);
  rehearse(scenarios.same, join(folder, 'thrown-away'));
  for (let n = 0; n < runs; n++) {
    rehearse(scenarios.same, join(folder, 'same'));
    rehearse(scenarios.slower, join(folder, 'slower'));
  }
}

function runsIn(name) {
  const parent = join(folder, name);
  return readdirSync(parent)
    .sort()
    .slice(0, Number(values.runs))
    .map((run) => {
      const file = join(parent, run, 'report.json');
      return { file, report: readReport(readFileSync(file, 'utf8'), file) };
    });
}

try {
  if (values.reports === undefined) makeRuns(Number(values.runs));
  const same = runsIn('same');
  const slower = runsIn('slower');
  console.log(
    `slower: p99 of ${RARE.transaction} and the work of ${WORK.transaction}, each by ${SLOWDOWN} ×\n`,
  );
  const met = [identicalRuns(same), slowedRuns(same, slower, RARE.transaction)];
  slowedRuns(same, slower, WORK.transaction);
  severalRuns(same, slower, RARE.transaction, WORK.transaction);
  if (met.includes(false)) process.exitCode = 1;
} finally {
  if (values.reports === undefined && values.keep === undefined)
    rmSync(folder, { recursive: true, force: true });
}
