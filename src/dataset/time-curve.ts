import { MICROSECONDS_PER_DAY, MICROSECONDS_PER_YEAR } from './calendar.ts';
import type { Rhythm, SeriesGenerator } from './generator.ts';

/** The time before which the share u of a series lies. */
export function timeAt({
  from,
  to,
  growth,
  rhythm,
}: Pick<SeriesGenerator, 'from' | 'to' | 'growth' | 'rhythm'>): (share: number) => number {
  if (rhythm.daily === 'flat' && rhythm.weekly === 'flat') return growing(from, to, growth);
  const week = weekOf(rhythm);
  // Growth runs over weeks, the rhythm within each.
  const worked = growing(week.workedAt(from), week.workedAt(to), growth);
  return (share) => week.timeAt(worked(share));
}

/** Inverse of the share of rows up to a time, where the rate grows by `growth` a year: r = ln(1 + growth), (e^(rt) − 1) / (e^(rT) − 1). */
function growing(from: number, to: number, growth: number): (share: number) => number {
  const span = to - from;
  const rate = Math.log1p(growth) * (span / MICROSECONDS_PER_YEAR);
  if (Math.abs(rate) < 1e-9) return (share) => from + share * span;
  const whole = Math.expm1(rate);
  return (share) => from + (Math.log1p(share * whole) / rate) * span;
}

/** Time as if every hour were alike, and back; both in microseconds, equal at the end of each week. */
interface Week {
  readonly workedAt: (time: number) => number;
  readonly timeAt: (worked: number) => number;
}

const HOUR = MICROSECONDS_PER_DAY / 24;
const WEEK = 7 * MICROSECONDS_PER_DAY;
const HOURS = 168;
/** 2000-01-01 was a Saturday: the first Monday is two days later. */
const FIRST_MONDAY = 2 * MICROSECONDS_PER_DAY;

/** Rate of an hour of the day: little at night, most from nine to noon and from two to five, a second rise in the evening. */
const BUSINESS_HOURS = [
  0.15, 0.1, 0.08, 0.07, 0.08, 0.15, 0.35, 0.7, 1.2, 1.7, 1.9, 1.9, 1.6, 1.6, 1.8, 1.8, 1.7, 1.4, 1.2, 1.2,
  1.1, 0.9, 0.6, 0.3,
];
/** Rate of a day of the week, from Monday on. */
const BUSINESS_DAYS = [1.2, 1.25, 1.25, 1.2, 1.1, 0.55, 0.45];

function weekOf({ daily, weekly }: Rhythm): Week {
  const rates = Array.from({ length: HOURS }, (_, hour) => {
    const ofDay = daily === 'business' ? (BUSINESS_HOURS[hour % 24] ?? 1) : 1;
    return ofDay * (weekly === 'business' ? (BUSINESS_DAYS[Math.floor(hour / 24)] ?? 1) : 1);
  });
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const worked = new Float64Array(HOURS + 1);
  rates.forEach((rate, hour) => (worked[hour + 1] = (worked[hour] ?? 0) + (rate / total) * WEEK));
  worked[HOURS] = WEEK;
  return {
    workedAt: inWeek((time) => along(time / HOUR, worked)),
    timeAt: inWeek((time) => back(time, worked)),
  };
}

function inWeek(within: (time: number) => number): (time: number) => number {
  return (time) => {
    const start = Math.floor((time - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
    return start + within(time - start);
  };
}

function along(hours: number, worked: Float64Array): number {
  const hour = Math.min(HOURS - 1, Math.floor(hours));
  const start = worked[hour] ?? 0;
  return start + (hours - hour) * ((worked[hour + 1] ?? WEEK) - start);
}

function back(time: number, worked: Float64Array): number {
  let low = 0;
  let high = HOURS;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((worked[middle] ?? 0) <= time) low = middle;
    else high = middle;
  }
  const start = worked[low] ?? 0;
  return (low + (time - start) / ((worked[low + 1] ?? WEEK) - start)) * HOUR;
}
