import { RandomDraws, randomKey } from '../statistics/index.ts';

import { posixSource } from './checks/patterns.ts';

/**
 * Texts that match a regular expression: literals, classes, groups, alternatives and repetitions; undefined for
 * anything beyond, such as look-ahead or back references. Every text is tried against the expression itself.
 */
export function textsMatching(pattern: string, most: number, longest: number): readonly string[] | undefined {
  const source = posixSource(pattern);
  try {
    const node = new Parser(source).whole();
    const expression = new RegExp(source, 's');
    const draws = new RandomDraws(randomKey(0, 'pattern', pattern));
    const texts = new Set<string>();
    for (let index = 0; index < most * 4 && texts.size < most; index++) {
      const text = node(draws.at(index));
      if (text.length <= longest && expression.test(text)) texts.add(text);
    }
    return texts.size === 0 ? undefined : [...texts];
  } catch {
    return undefined;
  }
}

type Draw = (draws: RandomDraws) => string;

/** Repetitions without an end go on for this many more. */
const OPEN_END = 6;

const PRINTABLE = range(' ', '~');
const SHORTHANDS: Readonly<Record<string, readonly string[]>> = {
  d: range('0', '9'),
  w: [...range('a', 'z'), ...range('A', 'Z'), ...range('0', '9'), '_'],
  s: [' '],
};

function range(from: string, to: string): readonly string[] {
  const first = from.charCodeAt(0);
  return Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, index) =>
    String.fromCharCode(first + index),
  );
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Draw {
    const draw = this.#alternatives();
    if (this.#at < this.#text.length) throw new SyntaxError('unbalanced');
    return draw;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(): string {
    const char = this.#text[this.#at++];
    if (char === undefined) throw new SyntaxError('unfinished');
    return char;
  }

  #alternatives(): Draw {
    const branches = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      branches.push(this.#sequence());
    }
    return (draws) => branches[draws.below(branches.length)]?.(draws) ?? '';
  }

  #sequence(): Draw {
    const parts: Draw[] = [];
    for (let char = this.#peek(); char !== undefined && char !== '|' && char !== ')'; char = this.#peek())
      parts.push(this.#repeated(this.#atom()));
    return (draws) => parts.map((part) => part(draws)).join('');
  }

  #atom(): Draw {
    const char = this.#take();
    if (char === '^' || char === '$') return () => '';
    if (char === '(') return this.#group();
    if (char === '[') return oneOf(this.#members());
    if (char === '.') return oneOf(range('a', 'z'));
    if (char === '\\') return oneOf(this.#escaped());
    return () => char;
  }

  #group(): Draw {
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2;
    else if (this.#peek() === '?') throw new SyntaxError('look-around');
    const draw = this.#alternatives();
    if (this.#take() !== ')') throw new SyntaxError('unbalanced');
    return draw;
  }

  #escaped(): readonly string[] {
    const char = this.#take();
    if (char === 'b') return [''];
    if (/[1-9BDSWpPku]/.test(char)) throw new SyntaxError('beyond us');
    return SHORTHANDS[char] ?? [CONTROLS[char] ?? char];
  }

  #members(): readonly string[] {
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at++;
    const members: string[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const one = this.#take();
      const start = one === '\\' ? this.#escaped() : [one];
      const [low = ''] = start;
      const isRange = start.length === 1 && this.#peek() === '-' && this.#text[this.#at + 1] !== ']';
      if (!isRange) members.push(...start);
      else {
        this.#at++;
        const last = this.#take();
        members.push(...range(low, last === '\\' ? (this.#escaped()[0] ?? '') : last));
      }
    }
    this.#at++;
    return isNegated ? PRINTABLE.filter((char) => !members.includes(char)) : members;
  }

  #repeated(draw: Draw): Draw {
    const [min, max] = this.#quantifier();
    if (this.#peek() === '?' && max !== 1) this.#at++;
    return (draws) => {
      let text = '';
      for (let left = min + draws.below(max - min + 1); left > 0; left--) text += draw(draws);
      return text;
    };
  }

  #quantifier(): readonly [number, number] {
    const rest = this.#text.slice(this.#at);
    const [whole = '', sign, least = '0', comma, most] = /^(?:([*+?])|\{(\d+)(,)?(\d+)?\})/.exec(rest) ?? [];
    this.#at += whole.length;
    if (whole === '') return [1, 1];
    if (sign !== undefined) return SIGNS[sign] ?? [1, 1];
    const min = Number(least);
    return [min, comma === undefined ? min : most === undefined ? min + OPEN_END : Number(most)];
  }
}

const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' };
const SIGNS: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, OPEN_END],
  '+': [1, OPEN_END],
  '?': [0, 1],
};

const oneOf =
  (members: readonly string[]): Draw =>
  (draws) =>
    members[draws.below(members.length)] ?? '';
