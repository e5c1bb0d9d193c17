// npm links the bin of a package it installs, but a clone runs dist/ directly: mark it executable.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
