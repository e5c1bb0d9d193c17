import { milliseconds, type Milliseconds } from '../units.ts';

/** A stretch of the run, from its origin. */
export interface Span {
  readonly from: Milliseconds;
  readonly to: Milliseconds;
}

interface Lasting {
  readonly startedAt: Milliseconds;
  readonly duration: Milliseconds;
}

export const spanOf = ({ startedAt, duration }: Lasting): Span => ({
  from: startedAt,
  to: milliseconds(startedAt + duration),
});

/** Milliseconds that both share; below 0 where there is a gap between them. */
export const overlap = (one: Span, other: Span): number =>
  Math.min(one.to, other.to) - Math.max(one.from, other.from);

/** The same stretches without overlaps, in order. */
export function union(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last === undefined || span.from > last.to) merged.push(span);
    else merged[merged.length - 1] = { from: last.from, to: milliseconds(Math.max(last.to, span.to)) };
  }
  return merged;
}
