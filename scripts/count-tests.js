// The closing line of CI, from vitest's own JSON reports: `N passed, N failed, N skipped`.
import { readFileSync } from 'node:fs';

const counts = process.argv.slice(2).map((path) => countsOf(JSON.parse(readFileSync(path, 'utf8'))));
const total = (name) => counts.reduce((sum, count) => sum + count[name], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
if (counts.length === 0 || counts.some(({ passed }) => passed === 0)) process.exitCode = 1;

function countsOf(report) {
  // A file that could not even be loaded counts as a failed test.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
