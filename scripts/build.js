// Compiles src into dist. What the tests find stamped they need not compile again.
import { execFileSync } from 'node:child_process';
import { chmodSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const started = new Date();
// The second project is what runs in the reader's browser.
for (const project of ['tsconfig.json', 'src/browser/tsconfig.json']) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], {
    cwd: fileURLToPath(root),
    stdio: 'inherit',
  });
}
// npm links the bin of a package it installs, but a clone runs dist/ directly: mark it executable.
chmodSync(new URL('dist/cli/main.js', root), 0o755);
const stamp = new URL('dist/.built', root);
writeFileSync(stamp, '');
// A source that was edited during the build is newer than its beginning.
utimesSync(stamp, started, started);
