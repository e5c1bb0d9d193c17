import type { Finding, PhaseResult, Result } from '../result/index.ts';
import type { Aggregate, Labels } from '../threshold/index.ts';

export interface Evidence {
  readonly result: Result;
  readonly findings: readonly Finding[];
}

/** What a selector and an aggregate amount to: milliseconds, a share of 0 … 1, or a count. */
export type Measure =
  /** `Infinity` for arrivals that never ended. The note says what stands behind the number. */
  | { readonly kind: 'value'; readonly value: number; readonly note: string | undefined }
  | { readonly kind: 'no-data'; readonly why: string };

export type Meter = (evidence: Evidence, labels: Labels, aggregate: Aggregate) => Measure;

export const amount = (value: number, note?: string): Measure => ({ kind: 'value', value, note });
export const noData = (why: string): Measure => ({ kind: 'no-data', why });

/** Without a phase: every phase but the warm-up. */
export function inPhase(labels: Labels, phase: PhaseResult['name']): boolean {
  return labels.phase === undefined ? phase !== 'warmup' : labels.phase === phase;
}

export function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
