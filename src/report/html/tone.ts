/*
 * `TONES`: the colours that charts draw with. Their values stand in the drawings as presentation attributes, for readers whose policy forbids
 * styles; `page-style.ts` has the same names for dark mode. Told apart by lightness too, not by hue alone.
 */

export const TONES = {
  ink: '#1f2933',
  muted: '#7b8794',
  blue: '#1f6feb',
  teal: '#0b8a83',
  violet: '#6f42c1',
  amber: '#b86e00',
  red: '#cf222e',
} as const;

export type Tone = keyof typeof TONES;
