import { parseNumber } from '../../units.ts';
import {
  MICROSECONDS_PER_DAY,
  MICROSECONDS_PER_SECOND,
  MICROSECONDS_PER_YEAR,
  parseTimestamp,
} from '../calendar.ts';

/** Microseconds. */
const SPAN_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: MICROSECONDS_PER_SECOND,
  m: 60 * MICROSECONDS_PER_SECOND,
  min: 60 * MICROSECONDS_PER_SECOND,
  h: 3_600 * MICROSECONDS_PER_SECOND,
  d: MICROSECONDS_PER_DAY,
  w: 7 * MICROSECONDS_PER_DAY,
  mo: MICROSECONDS_PER_YEAR / 12,
  y: MICROSECONDS_PER_YEAR,
};

/** `90m`, `2d`, `1.5y` in microseconds. */
export function parseSpan(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([\d_.]+)\s*([a-z]+)$/.exec(text.trim()) ?? [];
  const value = parseNumber(digits);
  const factor = SPAN_UNITS[unit];
  return value === undefined || factor === undefined ? undefined : Math.round(value * factor);
}

/** A date or time, `ref_date`, or a span before (`-3y`) or after (`+30d`) it; microseconds since 2000. */
export function parseMoment(text: string, refDate: number): number | undefined {
  if (text === 'ref_date') return refDate;
  if (!/^[+-]/.test(text)) return parseTimestamp(text);
  const span = parseSpan(text.slice(1));
  if (span === undefined) return undefined;
  return text.startsWith('-') ? refDate - span : refDate + span;
}
