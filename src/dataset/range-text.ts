export interface RangeText {
  /** Empty where there is no bound. */
  readonly lower: string;
  readonly upper: string;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

const RANGE = /^([[(])(?:"([^"]*)"|([^,"]*)),(?:"([^"]*)"|([^,"]*))([\])])$/;

/** Undefined for `empty`, and for what is no range. */
export function splitRange(text: string): RangeText | undefined {
  const match = RANGE.exec(text.trim());
  if (match === null) return undefined;
  const [, open, quotedLower, lower = '', quotedUpper, upper = '', close] = match;
  return {
    lower: quotedLower ?? lower,
    upper: quotedUpper ?? upper,
    lowerInclusive: open === '[',
    upperInclusive: close === ']',
  };
}

/** As range_out prints a range whose upper bound is exclusive: what has a blank stands in quotes. */
export function rangeText(lower: string, upper: string, multi: boolean): string {
  const range = `[${quoted(lower)},${quoted(upper)})`;
  return multi ? `{${range}}` : range;
}

const quoted = (bound: string): string => (bound.includes(' ') ? `"${bound}"` : bound);
