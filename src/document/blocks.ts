import { z } from 'zod';

import { messageOf } from '../errors.ts';
import { milliseconds, parseDuration, parseNumber, parseRate, parseSize } from '../units.ts';

/* Values with a unit, as definitions: text in, a branded number out, a JSON Schema pattern for editors. */

/** Timers count in 31 bits: a longer one would end at once. */
const LONGEST = milliseconds(24 * 86_400_000);
/** Far beyond what one generator drives (research: some 30,000 statements a second), and below what would only fill its memory. */
const HIGHEST_RATE = 100_000;

export const duration = () =>
  unit(parseDuration, 'a duration: 250ms, 2s, 5m', 'a duration such as 250ms, 2s or 5m').refine(
    (value) => value <= LONGEST,
    { error: 'expected a duration of at most 24 days' },
  );
/** How old something may be: no timer, so of any length. */
export const age = () => unit(parseDuration, 'an age: 12h, 90d', 'an age such as 12h or 90d');
/** PostgreSQL counts them in milliseconds, and 0 is none at all. */
export const timeout = () =>
  duration().refine((value) => value >= 1, {
    error: 'expected at least 1ms: PostgreSQL takes less for no limit at all',
  });
/** `none`: 0/s is a rate too. */
export const rate = ({ none = false }: { readonly none?: boolean } = {}) =>
  unit(parseRate, 'a rate: 400/s, 30/m', 'a rate such as 400/s or 30/m').refine(
    (value) => (value > 0 || none) && value <= HIGHEST_RATE,
    { error: `expected a rate ${none ? 'of' : 'above 0 and'} at most ${HIGHEST_RATE}/s` },
  );
export const size = () => unit(parseSize, 'a size: 8kB, 64MB', 'a size such as 64MB or 8kB');

/** Before (`-2s`) or after (`500ms`) some moment. */
export const offset = () =>
  unit(
    (text) => milliseconds(text.startsWith('-') ? 0 - parseDuration(text.slice(1)) : parseDuration(text)),
    'a time before or after: -2s, 500ms',
    'a time before or after, such as -2s or 500ms',
  );

function unit<Value>(parse: (text: string) => Value, description: string, expected: string) {
  return z
    .string({ error: expectation(expected) })
    .transform((text, context): Value => {
      try {
        return parse(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: messageOf(error) });
        return z.NEVER;
      }
    })
    .describe(description);
}

const expectation =
  (expected: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? `expected ${expected}` : `expected ${expected}, found ${JSON.stringify(input)}`;

interface Range {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}

/** A number; underscores may group its digits (`10_000_000`), which YAML 1.2 reads as text. */
export function number(range: Range = {}) {
  return z
    .union([z.number(), z.string().regex(/^-?[\d_]+(\.[\d_]+)?$/, { error: expectation('a number') })], {
      error: expectation('a number'),
    })
    .transform((value, context): number => {
      const parsed = typeof value === 'number' ? value : parseNumber(value);
      const wrong = parsed === undefined ? 'a number' : outside(parsed, range);
      if (parsed !== undefined && wrong === undefined) return parsed;
      context.addIssue({
        code: 'custom',
        message: `expected ${wrong ?? 'a number'}, found ${JSON.stringify(value)}`,
      });
      return z.NEVER;
    });
}

/** A whole number, 0 or more unless the range says otherwise. */
export function count(range: Range = { min: 0 }) {
  return number(range).refine(Number.isInteger, {
    error: (issue) => `expected a whole number, found ${JSON.stringify(issue.input)}`,
  });
}

function outside(value: number, { min, above, max }: Range): string | undefined {
  if (min !== undefined && value < min) return `a number of at least ${min}`;
  if (above !== undefined && value <= above) return `a number above ${above}`;
  if (max !== undefined && value > max) return `a number of at most ${max}`;
  return undefined;
}
