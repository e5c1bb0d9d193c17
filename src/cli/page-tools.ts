import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { PageTools } from '../report/index.ts';

const SCRIPT = new URL('../browser/charts.js', import.meta.url);

/** For the pages of reports: the built script, and hashes for their policy. */
export function pageTools(): PageTools {
  return {
    script: readFileSync(SCRIPT, 'utf8'),
    sha256: (text) => createHash('sha256').update(text).digest('base64'),
  };
}
