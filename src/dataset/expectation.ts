import { parseNumber } from '../units.ts';

import type { Expectation } from './model.ts';

/** A number with a tolerance, absolute or in per cent of it, or one bound. */
export const EXPECTATION =
  /^\s*(?:(?<bound>>=|<=)\s*)?(?<value>[+-]?[\d_.]+)\s*(?:(?:±|\+-|\+\/-)\s*(?<tolerance>[\d_.]+)\s*(?<percent>%)?)?\s*$/;

export function readExpectation(written: string | number): Expectation {
  if (typeof written === 'number') return { min: written, max: written, written: String(written) };
  const { bound, value = '', tolerance, percent } = EXPECTATION.exec(written)?.groups ?? {};
  const middle = signed(value);
  if (bound === '>=') return { min: middle, max: Infinity, written };
  if (bound === '<=') return { min: -Infinity, max: middle, written };
  const width = parseNumber(tolerance ?? '0') ?? 0;
  const around = percent === undefined ? width : (Math.abs(middle) * width) / 100;
  return { min: middle - around, max: middle + around, written };
}

function signed(text: string): number {
  const size = parseNumber(text.replace(/^[+-]/, '')) ?? 0;
  return text.startsWith('-') ? -size : size;
}
