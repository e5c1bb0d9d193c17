// Known weaknesses of what is installed with the package. A registry that does not answer such questions is said aloud, and is no failure.
import { spawnSync } from 'node:child_process';

const { stdout, status } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
const answer = parsed(stdout);
if (answer?.metadata === undefined) {
  const why = answer?.message ?? answer?.error?.summary ?? 'no answer';
  console.log(`NOT AUDITED: the registry does not answer npm audit (${String(why).split('\n')[0]})`);
} else {
  console.log(`audited: ${JSON.stringify(answer.metadata.vulnerabilities)}`);
  process.exitCode = status ?? 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
