import type { SpecialName } from '../column-type.ts';

import { BITS } from './bits.ts';
import { GEOMETRY } from './geometry.ts';
import type { Special } from './kind.ts';
import { NUMBERS } from './numbers.ts';
import { TEXTS } from './texts.ts';

export const SPECIALS: Readonly<Record<SpecialName, Special>> = {
  ...BITS,
  ...GEOMETRY,
  ...NUMBERS,
  ...TEXTS,
};

/** How many different values there are. */
export function specialValues(name: SpecialName, modifier: number | undefined): number {
  const { values } = SPECIALS[name];
  const bits = name === 'bit' ? (modifier ?? 1) : name === 'varbit' ? (modifier ?? 48) : 48;
  return Math.min(values, 2 ** Math.min(48, bits));
}
