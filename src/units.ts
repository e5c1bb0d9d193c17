import { Failure } from './errors.ts';

declare const unit: unique symbol;
type Branded<Unit extends string> = number & { readonly [unit]: Unit };

/** A length of time. Fractions allowed: the clock's grain is well below a microsecond. */
export type Milliseconds = Branded<'ms'>;
/** A point of the monotonic clock, in milliseconds; comparable across the threads of this process. */
export type Instant = Branded<'instant'>;
export type PerSecond = Branded<'1/s'>;
export type Bytes = Branded<'bytes'>;

/* The only casts from plain numbers to units. */
export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const instant = (value: number): Instant => value as Instant;
export const perSecond = (value: number): PerSecond => value as PerSecond;
export const bytes = (value: number): Bytes => value as Bytes;

export const since = (from: Instant, to: Instant): Milliseconds => milliseconds(to - from);
export const after = (from: Instant, duration: Milliseconds): Instant => instant(from + duration);

const DURATION_UNITS = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS = { B: 1, kB: 1024, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const RATE_UNITS = { s: 1, m: 1 / 60, min: 1 / 60, h: 1 / 3_600 };

/** `250ms`, `2s`, `1.5m`, `1_000ms`. Throws `Failure('usage')`. */
export function parseDuration(text: string): Milliseconds {
  return milliseconds(
    parseWithUnit(text, /^([\d_.]+)\s*([a-zµ]+)$/u, DURATION_UNITS, 'a duration such as 250ms, 2s or 5m'),
  );
}

/** `400/s`, `30/m`, `0.5/s`. Throws `Failure('usage')`. */
export function parseRate(text: string): PerSecond {
  return perSecond(
    parseWithUnit(text, /^([\d_.]+)\s*\/\s*([a-z]+)$/u, RATE_UNITS, 'a rate such as 400/s or 30/m'),
  );
}

/** `64MB`, `8kB`; powers of 1024, PostgreSQL's own convention (manual, 19.1.1). Throws `Failure('usage')`. */
export function parseSize(text: string): Bytes {
  return bytes(parseWithUnit(text, /^([\d_.]+)\s*([A-Za-z]+)$/u, SIZE_UNITS, 'a size such as 64MB or 8kB'));
}

function parseWithUnit(
  text: string,
  shape: RegExp,
  units: Readonly<Record<string, number>>,
  expected: string,
): number {
  const [, digits = '', name = ''] = shape.exec(text.trim()) ?? [];
  const value = parseNumber(digits);
  const factor = units[name];
  if (value === undefined || factor === undefined) {
    throw new Failure('usage', { message: `expected ${expected}, found ${JSON.stringify(text)}` });
  }
  return value * factor;
}

/** A plain number; underscores may group digits: `10_000_000`, `0.05`. */
export function parseNumber(text: string): number | undefined {
  return /^-?\d+(_\d+)*(\.\d+(_\d+)*)?$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** Three significant digits, the unit that reads best: `0.31 ms`, `45 ms`, `6.9 s`, `2 min 5 s`. */
export function formatDuration(value: Milliseconds): string {
  if (value < 0) return `-${formatDuration(milliseconds(0 - value))}`;
  if (value < 10) return `${trimmed(value, value < 1 ? 2 : 1)} ms`;
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 99_950) return `${trimmed(value / 1_000, value < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(value / 1_000);
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatRate(value: PerSecond): string {
  return `${value < 10 ? trimmed(value, 2) : formatCount(value)}/s`;
}

export function formatSize(value: Bytes): string {
  const [name, factor] = Object.entries({ TB: 1024 ** 4, GB: 1024 ** 3, MB: 1024 ** 2, kB: 1024 }).find(
    ([, size]) => value >= size,
  ) ?? ['B', 1];
  return `${trimmed(value / factor, value / factor < 10 && factor > 1 ? 1 : 0)} ${name}`;
}

/** Grouped digits: `1,904`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  return `${trimmed(percent, percent !== 0 && percent < 1 ? 3 : 1)} %`;
}

function trimmed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
