export interface Token {
  readonly kind: 'number' | 'variable' | 'word' | 'symbol' | 'end' | 'unknown';
  /** Words in lower case; a variable without its colon. */
  readonly text: string;
  /** Where it begins in the expression, from 0. */
  readonly at: number;
}

/** Ends with a token of the kind `end`, or with the first one that the language does not have. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    BLANK.lastIndex = at;
    at += BLANK.exec(text)?.[0].length ?? 0;
    if (at === text.length) break;
    const token = tokenAt(text, at);
    tokens.push(token);
    if (token.kind === 'unknown') return tokens;
    TOKEN.lastIndex = at;
    at += TOKEN.exec(text)?.[0].length ?? 1;
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

/** A backslash before a line's end continues the line. */
const BLANK = /(?:\s|\\\r?\n)*/y;

const TOKEN =
  /(?<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)|:(?<variable>[a-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)|(?<word>[a-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)|(?<symbol><>|!=|<=|>=|<<|>>|[-+*/%=<>|#&~(),])/iuy;

function tokenAt(text: string, at: number): Token {
  TOKEN.lastIndex = at;
  const { number, variable, word, symbol } = TOKEN.exec(text)?.groups ?? {};
  if (number !== undefined) return { kind: 'number', text: number, at };
  if (variable !== undefined) return { kind: 'variable', text: variable, at };
  if (word !== undefined) return { kind: 'word', text: word.toLowerCase(), at };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol === '!=' ? '<>' : symbol, at };
  return { kind: 'unknown', text: text.charAt(at), at };
}
