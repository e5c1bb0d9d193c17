import { scanSync, type ScanToken } from 'libpg-query';

/** As PostgreSQL's own scanner cuts the text; none where it refuses it (an open quote). Places count bytes of UTF-8. */
export function tokensOf(sql: string): readonly ScanToken[] {
  try {
    return scanSync(sql).tokens;
  } catch {
    // The scanner's only complaint; what it throws is a broken answer, without a message of its own (libpg-query 18.1).
    return [];
  }
}

const COMMENTS: ReadonlySet<string> = new Set(['SQL_COMMENT', 'C_COMMENT']);

/** Something may be written behind it: no comment swallows it. Comments inside of strings and blocks of code stay. */
export function withoutComments(sql: string): string {
  const comments = tokensOf(sql).filter(({ tokenName }) => COMMENTS.has(tokenName));
  return between(sql, comments)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .join(' ');
}

/** At the commas that stand in no parentheses or brackets. */
export function splitAtCommas(sql: string): readonly string[] {
  let depth = 0;
  const commas = tokensOf(sql).filter(({ text }) => {
    depth += DEPTH[text] ?? 0;
    return text === ',' && depth === 0;
  });
  return between(sql, commas).map((piece) => piece.trim());
}

const DEPTH: Readonly<Record<string, number>> = { '(': 1, '[': 1, ')': -1, ']': -1 };

function between(sql: string, tokens: readonly ScanToken[]): readonly string[] {
  const source = Buffer.from(sql, 'utf8');
  const starts = [0, ...tokens.map(({ end }) => end)];
  const ends = [...tokens.map(({ start }) => start), source.length];
  return starts.map((start, index) => source.subarray(start, ends[index]).toString('utf8'));
}

/** Key words that can not name a table or a column without quotes (manual, appendix C): reserved ones, and names of functions or types. */
const RESERVED_FROM = 3;

export const isReserved = (word: string): boolean => (tokensOf(word)[0]?.keywordKind ?? 0) >= RESERVED_FROM;
