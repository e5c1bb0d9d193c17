/* Days and microseconds since 2000-01-01 UTC, PostgreSQL's own epoch, to and from text; the Gregorian calendar. */

export const MICROSECONDS_PER_SECOND = 1_000_000;
export const MICROSECONDS_PER_DAY = 86_400 * MICROSECONDS_PER_SECOND;
export const MICROSECONDS_PER_YEAR = 365.25 * MICROSECONDS_PER_DAY;

/** 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS = 10_957;

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?(?:Z|([+-])(\d{2}):?(\d{2})?)?)?$/;

/** `2025-01-31`, `2025-01-31T12:00:00Z`, `2025-01-31 12:00:00.5+02`; UTC where no zone is given. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return undefined;
  const part = (index: number): number => Number(match.at(index) ?? 0);
  const ms = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6));
  // Date.UTC takes the 31st of June for the 1st of July.
  const [date = ''] = text.trim().split(/[T ]/);
  if (part(4) > 23 || part(5) > 59 || part(6) > 59 || !new Date(ms).toISOString().startsWith(date))
    return undefined;
  const fraction = Math.round(Number(`0${match.at(7) ?? ''}`) * MICROSECONDS_PER_SECOND);
  const zone = (part(9) * 60 + part(10)) * (match.at(8) === '-' ? -60 : 60);
  return (ms / 1_000 - zone) * MICROSECONDS_PER_SECOND - EPOCH_DAYS * MICROSECONDS_PER_DAY + fraction;
}

/** Days to `2025-01-31`. */
export function formatDate(days: number): string {
  return new Date((days + EPOCH_DAYS) * 86_400_000).toISOString().slice(0, 10);
}

/** As PostgreSQL prints a timestamp: no zeros at the end of the fraction. */
export function formatTimestamp(microseconds: number): string {
  const days = Math.floor(microseconds / MICROSECONDS_PER_DAY);
  return `${formatDate(days)} ${formatTime(microseconds - days * MICROSECONDS_PER_DAY)}`;
}

/** Microseconds of a day to `23:59:59.5`. */
export function formatTime(microseconds: number): string {
  const seconds = Math.floor(microseconds / MICROSECONDS_PER_SECOND);
  const fraction = microseconds - seconds * MICROSECONDS_PER_SECOND;
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}${digits}`;
}

/** As PostgreSQL prints an interval of days and time (`intervalstyle` postgres): `3 days 04:05:06`. */
export function formatInterval(microseconds: number): string {
  const days = Math.floor(microseconds / MICROSECONDS_PER_DAY);
  const rest = microseconds - days * MICROSECONDS_PER_DAY;
  const parts = [
    ...(days === 0 ? [] : [`${days} ${days === 1 ? 'day' : 'days'}`]),
    ...(rest === 0 && days !== 0 ? [] : [formatTime(rest)]),
  ];
  return parts.join(' ');
}
