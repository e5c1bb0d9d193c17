// What comparisons say of identical runs and of slowed ones, counted.
import { compare, DEFAULT_FLOOR } from '../../../dist/comparison/index.js';

const OPTIONS = { floor: DEFAULT_FLOOR, despite: [] };
const compared = (baseline, candidate) => compare({ baseline, candidate }, OPTIONS);
const share = (part, whole) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const isChange = ({ verdict }) => verdict === 'worse' || verdict === 'better';
const isJudged = ({ verdict }) => verdict !== 'not-enough-data';

const changesIn = ({ latencies }) =>
  latencies.flatMap(({ percentiles, ...row }) => percentiles.map((change) => ({ ...row, ...change })));

/** Every pair of them; false where more than 5 % of the verdicts are wrong. */
export function identicalRuns(runs) {
  const pairs = runs.flatMap((one, n) => runs.slice(n + 1).map((other) => compared([one], [other])));
  const verdicts = pairs.flatMap(changesIn).filter(isJudged);
  console.log(`A/A: ${pairs.length} pairs of ${runs.length} identical runs, one a side`);
  console.log('  percentile   verdicts   worse   better   wrong');
  const line = (name, some) => {
    const count = (verdict) => some.filter((change) => change.verdict === verdict).length;
    const cells = [count('worse'), count('better'), share(some.filter(isChange).length, some.length)];
    console.log(
      `  ${name.padEnd(10)}   ${String(some.length).padStart(8)}   ${String(cells[0]).padStart(5)}   ${String(cells[1]).padStart(6)}   ${cells[2].padStart(5)}`,
    );
  };
  for (const percent of new Set(verdicts.map((change) => change.percent)))
    line(
      `p${percent}`,
      verdicts.filter((change) => change.percent === percent),
    );
  line('all', verdicts);
  const loud = pairs.filter((pair) => changesIn(pair).some(isChange)).length;
  const facts = pairs.flatMap((pair) => pair.facts);
  console.log(
    `  pairs with any wrong verdict: ${loud} of ${pairs.length}; counts called changed: ${facts.filter(isChange).length} of ${facts.length}\n`,
  );
  return verdicts.filter(isChange).length <= 0.05 * verdicts.length;
}

/** Run n with run n; false where fewer than nine of ten are called worse. */
export function slowedRuns(same, slower, transaction) {
  const pairs = same.slice(0, slower.length).map((run, n) => compared([run], [slower[n]]));
  console.log(`A/B: ${transaction}, ${pairs.length} pairs, one run a side`);
  console.log('  phase       percentile   before     after   ratio      worse   better   too few arrivals');
  const own = pairs.map((pair) => changesIn(pair).filter((change) => change.transaction === transaction));
  for (const { phase, percent } of own[0] ?? []) {
    const cells = own.flatMap((changes) =>
      changes.filter((change) => change.phase === phase && change.percent === percent),
    );
    console.log(rowOf(phase, percent, cells));
  }
  const called = own.filter((changes) => changes.some(({ verdict }) => verdict === 'worse')).length;
  const p99 = own.filter((changes) =>
    changes.some(({ percent, verdict }) => percent === 99 && verdict === 'worse'),
  ).length;
  console.log(
    `  called worse: at its p99 in ${p99} of ${pairs.length} pairs, at any percentile in ${called} of ${pairs.length}\n`,
  );
  return p99 >= 0.9 * pairs.length;
}

function rowOf(phase, percent, cells) {
  const count = (verdict) => String(cells.filter((change) => change.verdict === verdict).length);
  const [before, after] = [middle(cells.map((c) => c.before)), middle(cells.map((c) => c.after))];
  return [
    `  ${phase.padEnd(9)}`,
    `p${percent}`.padStart(11),
    before.toFixed(1).padStart(8),
    after.toFixed(1).padStart(9),
    (after / before).toFixed(2).padStart(7),
    count('worse').padStart(10),
    count('better').padStart(8),
    count('not-enough-data').padStart(18),
  ].join(' ');
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Five and five of them, in as many ways as there are rotations. */
export function severalRuns(same, slower, ...slowed) {
  const rotated = (runs, n) => [...runs.slice(n), ...runs.slice(0, n)];
  const half = Math.floor(same.length / 2);
  const ways = same.map((_, n) => n);
  const quiet = ways.map((n) => {
    const runs = rotated(same, n);
    return compared(runs.slice(0, half), runs.slice(half));
  });
  const wrong = quiet.flatMap(changesIn).filter(isJudged);
  console.log(`several runs a side, ${half} each, ${ways.length} ways (they share runs)`);
  console.log(`  A/A: ${wrong.filter(isChange).length} of ${wrong.length} verdicts wrong`);
  const spoken = ways.map((n) =>
    compared(rotated(same, n).slice(0, half), rotated(slower, n).slice(0, half)),
  );
  for (const name of slowed) {
    const worse = spoken.filter((one) =>
      changesIn(one).some(({ transaction, verdict }) => transaction === name && verdict === 'worse'),
    ).length;
    console.log(`  A/B: ${name} called worse in ${worse} of ${spoken.length}`);
  }
}
