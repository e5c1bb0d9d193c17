import { LatencyHistogram, type PackedHistogram } from '../statistics/index.ts';
import type { ErrorClass } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { COUNTERS, HISTOGRAMS, type CellPart, type IntervalPart } from './recording.ts';

/** Of a run of 10 minutes each second is known; a longer one has wider intervals, and takes no more memory. */
const MOST_INTERVALS = 600;

/** The closed intervals of a run, of equal width. When there are too many, each two become one of twice the width. */
export class IntervalLog {
  #width: Milliseconds;
  #intervals: IntervalPart[] = [];

  constructor(width: Milliseconds) {
    this.#width = width;
  }

  get width(): Milliseconds {
    return this.#width;
  }

  get intervals(): readonly IntervalPart[] {
    return this.#intervals;
  }

  /** When the interval that is not closed yet ends. */
  get nextEnd(): number {
    return (this.#intervals.length + 1) * this.#width;
  }

  close(part: IntervalPart): void {
    this.#intervals.push(part);
    if (this.#intervals.length < MOST_INTERVALS) return;
    this.#intervals = widened(this.#intervals, 2);
    this.#width = milliseconds(this.#width * 2);
  }
}

/** Intervals of `factor` times the width. */
export function widened(intervals: readonly IntervalPart[], factor: number): IntervalPart[] {
  return Array.from({ length: Math.ceil(intervals.length / factor) }, (_, index) =>
    inSequence(intervals.slice(index * factor, (index + 1) * factor)),
  );
}

/** One after the other: at any moment there was what one of them says. */
function inSequence(parts: readonly IntervalPart[]): IntervalPart {
  return {
    cells: addedCells(parts.flatMap(({ cells }) => cells)),
    connectionsInUse: Math.max(...parts.map(({ connectionsInUse }) => connectionsInUse)),
    queued: Math.max(...parts.map(({ queued }) => queued)),
  };
}

/** Side by side, by several workers. */
export function sideBySide(parts: readonly IntervalPart[]): IntervalPart {
  const sum = (of: (part: IntervalPart) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    cells: addedCells(parts.flatMap(({ cells }) => cells)),
    connectionsInUse: sum(({ connectionsInUse }) => connectionsInUse),
    queued: sum(({ queued }) => queued),
  };
}

/** One for each entry and phase, by entry. */
export function addedCells(cells: readonly CellPart[]): readonly CellPart[] {
  const groups = new Map<string, CellPart[]>();
  for (const cell of cells) {
    const key = `${cell.entry} ${cell.phase}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()].map(added).toSorted((one, other) => one.entry - other.entry);
}

function added(parts: readonly CellPart[]): CellPart {
  const [first, ...others] = parts;
  if (first === undefined) throw new RangeError('there is nothing to add');
  if (others.length === 0) return first;
  const counted = COUNTERS.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)] as const);
  const recorded = HISTOGRAMS.map((name) => [name, packedSum(parts.map((part) => part[name]))] as const);
  return {
    ...first,
    ...Object.fromEntries(counted),
    ...Object.fromEntries(recorded),
    failed: failedSum(parts.map(({ failed }) => failed)),
  };
}

function packedSum(parts: readonly PackedHistogram[]): PackedHistogram {
  const [only, ...others] = parts.filter(({ counts }) => counts.length > 0);
  if (only === undefined || others.length === 0) return only ?? new LatencyHistogram().pack();
  const whole = new LatencyHistogram();
  for (const part of [only, ...others]) whole.addPacked(part);
  return whole.pack();
}

type Failed = CellPart['failed'];

function failedSum(parts: readonly Failed[]): Failed {
  const sum: Partial<Record<ErrorClass, number>> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part)) {
      const of = name as ErrorClass; // the keys of a Failed
      sum[of] = (sum[of] ?? 0) + count;
    }
  }
  return sum;
}
