import type { Severity } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds, type Milliseconds } from '../units.ts';

/** What keeps an application waiting for a second is an incident; for a tenth of a second, a visible hiccup. */
const DANGER = milliseconds(1_000);
const WARNING = milliseconds(100);

export const isNoticeable = (waited: Milliseconds): boolean => waited >= WARNING;

export function severityOf(waited: Milliseconds): Severity {
  if (waited >= DANGER) return 'danger';
  return waited >= WARNING ? 'warning' : 'info';
}

export const worse = (a: Severity, b: Severity): Severity => (RANK[a] >= RANK[b] ? a : b);
const RANK = { info: 0, warning: 1, danger: 2 } as const satisfies Record<Severity, number>;

export interface Estimate {
  readonly severity: Severity;
  /** undefined at full scale: there the run has measured it. */
  readonly sentence: string | undefined;
}

/** Shorter work, or work on fewer rows, is mostly what does not grow: catalog changes, the commit, a new file. */
const SHORTEST_WORK = milliseconds(2);
const FEWEST_ROWS = 1_000;

/** What work that grows with the table would block for at scale 1, linear in rows. */
export function estimateAtFullScale(work: Milliseconds, rows: number, scale: number): Estimate {
  if (scale >= 1) return { severity: severityOf(work), sentence: undefined };
  if (work < SHORTEST_WORK || rows < FEWEST_ROWS) {
    return {
      severity: 'warning',
      sentence: `blocked for ${formatDuration(work)} on ${formatCount(rows)} rows at scale ${scale}: too little to tell what scale 1 takes; rehearse at a larger scale`,
    };
  }
  const factor = 1 / scale;
  const projected = milliseconds(work * factor);
  return {
    severity: severityOf(projected),
    sentence: `blocked for ${formatDuration(work)} at scale ${scale} → about ${formatDuration(projected)} at scale 1 (${formatDuration(work)} × ${formatFactor(factor)}, linear in rows)`,
  };
}

const formatFactor = (factor: number): string =>
  factor >= 100 ? formatCount(factor) : String(Number(factor.toPrecision(3)));
