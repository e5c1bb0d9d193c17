/** Select Graphic Rendition (ECMA-48, 8.3.117): the code that switches a style on. */
const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

const ESCAPE = '\u001b';

export function painter(color: boolean): Paint {
  return color ? (style, text) => `${ESCAPE}[${CODES[style]}m${text}${ESCAPE}[0m` : (_, text) => text;
}
