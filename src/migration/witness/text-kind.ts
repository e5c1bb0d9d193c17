/** What a text of SQL begins with, as far as it matters to when its session may be asked something. */
export interface TextKind {
  /**
   * `control`: transactions, settings, cursors; `lock`: LOCK, which may have to come before any snapshot; `query`: reads and writes
   * rows; `other`: everything that may change the schema.
   */
  readonly first: 'control' | 'lock' | 'query' | 'other';
  /** Perhaps more than one statement: a semicolon stands in it. */
  readonly several: boolean;
}

const CONTROL = new Set(
  (
    'abort begin checkpoint close commit deallocate declare discard end fetch listen load move notify prepare ' +
    'release reset rollback savepoint set show start unlisten'
  ).split(' '),
);
const QUERY = new Set('copy delete execute explain insert merge select table update values with'.split(' '));

/** White space, comments and opening parentheses. */
const LEAD = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/|\()*/;

export function kindOfText(text: string): TextKind {
  const rest = text.slice(LEAD.exec(text)?.[0].length ?? 0);
  const word = /^[a-z]+/i.exec(rest)?.[0].toLowerCase() ?? '';
  return { first: firstOf(word), several: /;\s*\S/.test(rest) };
}

function firstOf(word: string): TextKind['first'] {
  if (word === 'lock') return 'lock';
  if (CONTROL.has(word) || word === '') return 'control';
  return QUERY.has(word) ? 'query' : 'other';
}

/** Only steers the session: no statement of the migration, unless it fails or takes its time. */
export const isControl = ({ first, several }: TextKind): boolean => first === 'control' && !several;
