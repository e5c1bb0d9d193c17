import { UNKNOWN, type Outcome } from './sql-value.ts';

/** The operators of LIKE and of regular expressions. */
export function matches(operator: string, text: string, pattern: string): Outcome {
  const kind = KINDS[operator];
  const expression = kind === undefined ? undefined : compiled(pattern, kind);
  return kind === undefined || expression === undefined ? UNKNOWN : expression.test(text) !== kind.not;
}

interface Kind {
  readonly like: boolean;
  readonly anyCase: boolean;
  readonly not: boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  '~': { like: false, anyCase: false, not: false },
  '~*': { like: false, anyCase: true, not: false },
  '!~': { like: false, anyCase: false, not: true },
  '!~*': { like: false, anyCase: true, not: true },
  '~~': { like: true, anyCase: false, not: false },
  '~~*': { like: true, anyCase: true, not: false },
  '!~~': { like: true, anyCase: false, not: true },
  '!~~*': { like: true, anyCase: true, not: true },
};

function compiled(pattern: string, { like, anyCase }: Kind): RegExp | undefined {
  try {
    return new RegExp(like ? likeSource(pattern) : posixSource(pattern), anyCase ? 'is' : 's');
  } catch {
    return undefined;
  }
}

function likeSource(pattern: string): string {
  const body = pattern.replace(/\\(.)|([%_])|([.*+?^${}()|[\]\\])/g, (_, escaped, wild, special) => {
    if (typeof wild === 'string') return wild === '%' ? '.*' : '.';
    return `\\${String(escaped ?? special)}`;
  });
  return `^${body}$`;
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
};

/** PostgreSQL's advanced regular expressions in JavaScript's terms, as far as they differ in ordinary use. */
export function posixSource(pattern: string): string {
  return pattern
    .replace(/^\*\*\*:/, '')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole)
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\\[mM]|\\y/g, '\\b');
}
