/*
 * `TONES`: the colours that charts draw with. Their values stand in the drawings as presentation attributes, for readers whose policy forbids
 * styles; `page-style.ts` has the same, and others for dark mode. Texts in them, and white texts on them, have a contrast of 4.5 or more (WCAG AA). Told apart by lightness too, not by hue alone.
 */

export const TONES = {
  ink: '#1f2933',
  muted: '#66727e',
  blue: '#1a66d9',
  teal: '#087f78',
  violet: '#6f42c1',
  amber: '#9a5b00',
  red: '#cf222e',
} as const;

export type Tone = keyof typeof TONES;
