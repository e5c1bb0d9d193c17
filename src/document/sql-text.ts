export interface SqlTextMistake {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** The names and keywords of the broken statement, in lower case. */
  readonly words: ReadonlySet<string>;
}

export interface MendedSql {
  /** As long as the original, with blanks in the place of what is broken: every line and offset is where it was. */
  readonly text: string;
  readonly mistakes: readonly SqlTextMistake[];
}

/** What the parser says of a text: its first mistake, if it has one. */
export type FirstMistake = (sql: string) => { readonly message: string; readonly line: number } | undefined;

/**
 * PostgreSQL's parser stops at the first mistake of a text. Here a text that it refuses is cut into statements, and
 * each of them is tried by itself, so that every broken one is found.
 */
export function mendSql(sql: string, firstMistake: FirstMistake): MendedSql {
  const whole = firstMistake(sql);
  if (whole === undefined) return { text: sql, mistakes: [] };
  const mistakes: SqlTextMistake[] = [];
  let line = 1;
  let text = '';
  for (const piece of sqlPieces(sql)) {
    const mistake = firstMistake(piece);
    text += mistake === undefined ? piece : piece.replace(/[^\n]/g, ' ');
    if (mistake !== undefined)
      mistakes.push({ message: mistake.message, line: line + mistake.line - 1, words: wordsOf(piece) });
    line += piece.split('\n').length - 1;
  }
  // Where no piece is wrong by itself, the pieces were not cut where PostgreSQL cuts.
  return mistakes.length > 0 && firstMistake(text) === undefined
    ? { text, mistakes }
    : { text: '', mistakes: [{ ...whole, words: wordsOf(sql) }] };
}

const wordsOf = (sql: string): ReadonlySet<string> =>
  new Set(sql.toLowerCase().match(/[\p{L}\d_$]+/gu) ?? []);

/** COPY's data, comments, code in dollars and quoted names are of one piece; a line of psql's stands for itself. */
const DATA = String.raw`(?<=\bFROM\s+stdin\b[^;]*;[ \t]*\n)[^]*?(?:^\\\.[ \t]*$|(?![^]))`;
const TOKENS = [
  DATA,
  String.raw`^[ \t]*\\.*$`,
  String.raw`--.*`,
  String.raw`/\*[^*/]*(?:(?:\*(?!/)|/(?!\*)|/\*[^]*?\*/)[^*/]*)*(?:\*/|(?![^]))`,
  String.raw`(?<![\w$])\$([a-z_]\w*)?\$[^]*?(?:\$\1\$|(?![^]))`,
  String.raw`"[^"]*"`,
];
const TEXTS = [String.raw`\be'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'`, String.raw`'[^']*(?:''[^']*)*'`];
/** Where a quote is missing, the others pair up wrongly: then no text goes beyond a semicolon at the end of a line. */
const SHORT_TEXTS = [
  String.raw`\be'(?:(?!;[ \t]*$)[^'\\]|\\[^]|'')*'`,
  String.raw`'(?:(?!;[ \t]*$)[^']|'')*'`,
];
const REST = [String.raw`[a-z_\d]+`, '[^]'];

const tokensOf = (sql: string, texts: readonly string[]): readonly string[] =>
  sql.match(new RegExp([...TOKENS, ...texts, ...REST].join('|'), 'gimu')) ?? [];

function sqlPieces(sql: string): readonly string[] {
  const tokens = tokensOf(sql, TEXTS);
  return joined(tokens.includes("'") ? tokensOf(sql, SHORT_TEXTS) : tokens);
}

function joined(tokens: readonly string[]): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const token of tokens) {
    const isAlone = piece.trim() === '' && /^[ \t]*\\|^\\\.[ \t]*$/m.test(token) && token.length > 1;
    piece += token;
    if (!isAlone && !(token === ';' && isComplete(piece))) continue;
    pieces.push(piece);
    piece = '';
  }
  return [...pieces, piece];
}

/** A semicolon inside the body of a function (BEGIN ATOMIC) or of a rule does not end it. */
function isComplete(piece: string): boolean {
  if (/\bBEGIN\s+ATOMIC\b/i.test(piece)) return /;\s*END\s*;$/i.test(piece);
  if (/\bCREATE\s+(?:OR\s+REPLACE\s+)?RULE\b/i.test(piece))
    return piece.split('(').length <= piece.split(')').length;
  return true;
}
