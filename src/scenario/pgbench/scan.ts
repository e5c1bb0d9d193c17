/** What a script of pgbench consists of. `at`: offset in the script. */
export type ScriptPart =
  /** A statement without its semicolon, and without blanks and comments around it; `\:` is a colon. */
  | {
      readonly kind: 'sql';
      readonly text: string;
      readonly at: number;
      /** Names that stand behind a colon inside of quotes. */
      readonly quoted: readonly string[];
    }
  /** A line that begins with a backslash. `name` in lower case; `rest` is all that follows it, continued lines too. */
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly at: number;
      readonly rest: string;
      readonly restAt: number;
    }
  /** Quotes or a comment without an end; nothing comes after it. */
  | { readonly kind: 'open'; readonly text: string; readonly at: number };

/**
 * Takes a script apart as pgbench does with psql's scanner: a statement ends at a semicolon outside of brackets, or before a
 * backslash. Bodies of functions written as BEGIN ATOMIC … END are not known here: they end at their first semicolon.
 */
export function scanScript(script: string): readonly ScriptPart[] {
  const scanner = new Scanner(script);
  while (scanner.step());
  return scanner.parts;
}

type Handler = (text: string, at: number) => void;

interface Open {
  readonly at: number;
  text: string;
  /** Blanks and comments since, which belong to it if something follows. */
  blank: string;
  readonly quoted: string[];
}

class Scanner {
  readonly parts: ScriptPart[] = [];
  readonly #script: string;
  #at = 0;
  #depth = 0;
  #statement: Open | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  /** One token on; false at the end. */
  step(): boolean {
    if (this.#at >= this.#script.length) {
      this.#finish();
      return false;
    }
    const at = this.#at;
    const comment = this.#script.startsWith('/*', at);
    const { kind, text } = comment ? commentAt(this.#script, at) : tokenAt(this.#script, at);
    this.#at += text.length;
    this.#handlers[kind](text, at);
    return true;
  }

  readonly #handlers: Readonly<Record<TokenKind, Handler>> = {
    blank: (text) => {
      if (this.#statement !== undefined) this.#statement.blank += text;
    },
    open: (text, at) => {
      this.#statement = undefined;
      this.parts.push({ kind: 'open', text: text.slice(0, 20), at });
    },
    quoted: (text, at) => {
      const names = [...text.matchAll(/(?<!:):([a-z_]\w*)/gi)].map(([, name = '']) => name);
      this.#extend(text, at).quoted.push(...names);
    },
    plain: (text, at) => {
      this.#extend(text === '\\:' ? ':' : text, at);
      if (text === '(') this.#depth++;
      if (text === ')') this.#depth = Math.max(0, this.#depth - 1);
    },
    semicolon: (text, at) => {
      if (this.#depth > 0) this.#extend(text, at);
      else this.#finish();
    },
    command: (text, at) => {
      this.#finish();
      const [whole, name = ''] = /^\\(;|[^\s\\]*)/.exec(text) ?? [''];
      const rest = text.slice(whole.length);
      this.parts.push({ kind: 'command', name: name.toLowerCase(), at, rest, restAt: at + whole.length });
    },
  };

  #extend(text: string, at: number): Open {
    this.#statement ??= { at, text: '', blank: '', quoted: [] };
    this.#statement.text += this.#statement.blank + text;
    this.#statement.blank = '';
    return this.#statement;
  }

  #finish(): void {
    this.#depth = 0;
    if (this.#statement === undefined) return;
    const { at, text, quoted } = this.#statement;
    this.parts.push({ kind: 'sql', text, at, quoted });
    this.#statement = undefined;
  }
}

type TokenKind = 'blank' | 'open' | 'quoted' | 'plain' | 'semicolon' | 'command';

interface ScriptToken {
  readonly kind: TokenKind;
  readonly text: string;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<blank>\s+|--[^\n]*)`,
    String.raw`(?<quoted>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$.*?\$\k<tag>\$)`,
    String.raw`(?<open>[eE]?'.*|".*|\$(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?\$.*)`,
    String.raw`(?<semicolon>;)`,
    String.raw`(?<plain>[a-zA-Z_\u0080-\uffff][\w$\u0080-\uffff]*|\d\w*|\\:)`,
    String.raw`(?<command>\\;|\\(?:\\\r?\n|[^\n])*)`,
  ].join('|'),
  'sy',
);

function tokenAt(script: string, at: number): ScriptToken {
  TOKEN.lastIndex = at;
  const { blank, quoted, open, semicolon, plain, command } = TOKEN.exec(script)?.groups ?? {};
  if (blank !== undefined) return { kind: 'blank', text: blank };
  if (quoted !== undefined) return { kind: 'quoted', text: quoted };
  if (open !== undefined) return { kind: 'open', text: open };
  if (semicolon !== undefined) return { kind: 'semicolon', text: semicolon };
  if (command !== undefined) return { kind: 'command', text: command };
  return { kind: 'plain', text: plain ?? script.charAt(at) };
}

/** With the comments inside of it. */
function commentAt(script: string, at: number): ScriptToken {
  let depth = 0;
  for (const { 0: mark, index } of script.slice(at).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'blank', text: script.slice(at, at + index + mark.length) };
  }
  return { kind: 'open', text: script.slice(at) };
}
