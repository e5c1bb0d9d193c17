import { tokensOf } from './tokens.ts';

export interface BoundSql {
  /** With `$1`, `$2`, … in the place of `:name`. */
  readonly text: string;
  /** Name of `$1` first; each name once. */
  readonly names: readonly string[];
  /** What stands before, between and after the parameters; one more than `order`. */
  readonly pieces: readonly string[];
  /** Which name, by its index, stands after each piece. */
  readonly order: readonly number[];
}

/**
 * Replaces `:name` by positional parameters. PostgreSQL's own scanner finds them, so strings, comments, quoted
 * identifiers, dollar quotes and `::type` are left alone. A colon inside an array slice needs a blank after it.
 * A text that the scanner refuses (an open quote) comes back as it is: the parser says what is wrong with it.
 */
export function bindNamedParameters(sql: string): BoundSql {
  const source = Buffer.from(sql, 'utf8');
  const tokens = tokensOf(sql);
  const names: string[] = [];
  const pieces: string[] = [];
  const order: number[] = [];
  let copied = 0;
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token.text !== ':' || next === undefined || next.start !== token.end || !NAME.test(next.text)) return;
    if (!names.includes(next.text)) names.push(next.text);
    pieces.push(source.subarray(copied, token.start).toString('utf8'));
    order.push(names.indexOf(next.text));
    copied = next.end;
  });
  pieces.push(source.subarray(copied).toString('utf8'));
  const text = pieces.map((piece, index) => piece + placeholder(order[index])).join('');
  return { text, names, pieces, order };
}

/** As PostgreSQL's own names (manual, 4.1.1), without a dollar. */
const NAME = /^[a-z_\u0080-\uffff][\w\u0080-\uffff]*$/i;

const placeholder = (name: number | undefined): string => (name === undefined ? '' : `$${name + 1}`);
