// Renders the committed examples of reports/ again from their report.json, after a change of the renderers.
// usage: node scripts/write-examples.js [<report folder> …]   (folders: taken over as new examples)
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { RENDERINGS } from '../dist/cli/renderings.js';
import { judge } from '../dist/comparison/index.js';
import { terminalReport } from '../dist/report/index.js';
import { readReport, writeReport } from '../dist/result/index.js';

const examples = fileURLToPath(new URL('../reports/examples/', import.meta.url));
for (const folder of process.argv.slice(2)) {
  const { scenario } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  mkdirSync(join(examples, scenario.name), { recursive: true });
  copyFileSync(join(folder, 'report.json'), join(examples, scenario.name, 'report.json'));
}
for (const name of readdirSync(examples)) {
  const file = join(examples, name, 'report.json');
  const result = readReport(readFileSync(file, 'utf8'), file);
  const report = { ...result, judgement: judge(result) };
  writeFileSync(file, writeReport(report));
  writeFileSync(join(examples, name, 'report.html'), RENDERINGS.html(report));
  writeFileSync(join(examples, name, 'summary.md'), RENDERINGS.markdown(report));
  writeFileSync(join(examples, name, 'junit.xml'), RENDERINGS.junit(report));
  writeFileSync(
    join(examples, name, 'verdict.txt'),
    terminalReport(report, { color: false, width: 120, files: [] }),
  );
}
