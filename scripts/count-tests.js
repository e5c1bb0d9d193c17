// The end of CI, from vitest's own JSON reports: what failed, what passed only at its second go, and the closing line
// `N passed, N failed, N skipped`. CI keeps the end of a long log: there the names have to stand.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const counts = process.argv.slice(2).map((path) => countsOf(JSON.parse(readFileSync(path, 'utf8'))));
const total = (name) => counts.reduce((sum, count) => sum + count[name], 0);
for (const line of counts.flatMap(({ told }) => told)) console.log(line);
console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
if (counts.length === 0 || counts.some(({ passed }) => passed === 0)) process.exitCode = 1;

function countsOf(report) {
  // A file that could not be loaded, or whose hooks failed, counts as a failed test: its own are none, or skipped.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    told: [
      ...broken.map((file) => `FAILED ${nameOf(file)}: ${file.message}`),
      ...report.testResults.flatMap((file) => file.assertionResults.flatMap((test) => toldOf(file, test))),
    ],
  };
}

/** Vitest leaves the errors of the first go with a test that passed at its second. */
function toldOf(file, { status, fullName, failureMessages }) {
  if (failureMessages.length === 0) return [];
  const fate = status === 'passed' ? 'PASSED ONLY AT ITS SECOND GO' : 'FAILED';
  return [`${fate} ${nameOf(file)}: ${fullName}`, ...failureMessages.map(indented)];
}

function nameOf(file) {
  return relative(process.cwd(), file.name);
}

function indented(message) {
  const lines = message.split('\n').slice(0, 25);
  return lines.map((line) => `    ${line}`).join('\n');
}
