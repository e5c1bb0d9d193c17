import type { ReportFile } from '../result/index.ts';
import { bytes, formatSize } from '../units.ts';

/** The database under test in a line: `PostgreSQL 16.4 (container of postgres:16, sha256:0123456789ab, 2 processors, 4.3 GB)`. */
export function serverLine({ server }: Pick<ReportFile, 'server'>): string {
  if (server === undefined) return '–';
  const { version, target, container } = server;
  if (container === undefined) return `PostgreSQL ${version} (${target})`;
  const { image, digest, id, cpus, memory } = container;
  const parts = [
    `container of ${image}`,
    (digest ?? id).slice(0, 19),
    ...(cpus === undefined ? [] : [`${cpus} ${cpus === 1 ? 'processor' : 'processors'}`]),
    ...(memory === undefined ? [] : [formatSize(bytes(memory))]),
  ];
  return `PostgreSQL ${version} (${parts.join(', ')})`;
}
