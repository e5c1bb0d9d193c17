import { arch, cpus, platform, totalmem } from 'node:os';

import type { Result } from '../result/index.ts';
import { numberOf, textOf, type Session } from '../target/index.ts';

/** Cost: none worth naming. 14–18. */
const VERSION =
  "SELECT pg_catalog.current_setting('server_version') AS version, pg_catalog.current_setting('server_version_num') AS number";

/** What differs from the built-in defaults, but for the paths of this machine. 14–18. */
const SETTINGS = `
SELECT name, setting || coalesce(' ' || unit, '') AS value FROM pg_catalog.pg_settings
WHERE source NOT IN ('default', 'override', 'client', 'session') AND category <> 'File Locations' ORDER BY name`;

export async function serverFacts(session: Session, target: string): Promise<NonNullable<Result['server']>> {
  const version = (await session.query(VERSION)).rows[0] ?? {};
  const settings = (await session.query(SETTINGS)).rows;
  return {
    target,
    version: textOf(version, 'version'),
    versionNumber: numberOf(version, 'number'),
    settings: Object.fromEntries(settings.map((row) => [textOf(row, 'name'), textOf(row, 'value')])),
  };
}

export function hostFacts(): Result['host'] {
  const all = cpus();
  return {
    platform: `${platform()} ${arch()}`,
    cpuModel: all[0]?.model.trim() ?? 'unknown',
    cpus: all.length,
    memory: totalmem(),
    // maxRSS is in kilobytes (Node.js manual, process.resourceUsage).
    harnessPeakMemory: process.resourceUsage().maxRSS * 1_024,
  };
}
