import { splitStatements, type SqlMistake, type SqlStatement } from './statement.ts';

export interface BrokenStatement extends SqlMistake {
  /** The names and keywords of the broken statement, in lower case. */
  readonly words: ReadonlySet<string>;
}

export interface MendedSql {
  /** As long as the original, with blanks in the place of what is broken: every line and offset is where it was. */
  readonly text: string;
  /** Those that are not broken. */
  readonly statements: readonly SqlStatement[];
  readonly mistakes: readonly BrokenStatement[];
}

/**
 * PostgreSQL's parser stops at the first mistake of a text. Here a text that it refuses is cut into statements, and
 * each of them is tried by itself, so that every broken one is found.
 */
export function mendSql(sql: string): MendedSql {
  const whole = splitStatements(sql);
  if (whole.ok) return { text: sql, statements: whole.statements, mistakes: [] };
  const mistakes: BrokenStatement[] = [];
  let line = 1;
  let text = '';
  for (const piece of sqlPieces(sql)) {
    const parsed = splitStatements(piece);
    text += parsed.ok ? piece : piece.replace(/[^\n]/g, ' ');
    if (!parsed.ok) {
      const { message, line: within } = parsed.mistake;
      mistakes.push({ message, line: line + within - 1, words: wordsOf(piece) });
    }
    line += piece.split('\n').length - 1;
  }
  const mended = splitStatements(text);
  // Where no piece is wrong by itself, the pieces were not cut where PostgreSQL cuts.
  return mistakes.length > 0 && mended.ok
    ? { text, statements: mended.statements, mistakes }
    : { text: '', statements: [], mistakes: [{ ...whole.mistake, words: wordsOf(sql) }] };
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
