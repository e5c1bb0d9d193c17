import type { RandomDraws } from '../../statistics/index.ts';
import { corpus } from '../corpus.ts';

import type { Special } from './kind.ts';

const MOST_NUMBERS = 2 ** 48;

const writeText = (text: string, buffer: Buffer, at: number): number => at + buffer.write(text, at);

const writeVersioned = (text: string, buffer: Buffer, at: number): number =>
  writeText(text, buffer, buffer.writeUInt8(1, at));

const writeCString = (text: string, buffer: Buffer, at: number): number =>
  buffer.writeUInt8(0, writeText(text, buffer, at));

function words(count: number, draws: RandomDraws): readonly string[] {
  const { text, starts } = corpus();
  const first = draws.below(starts.length - 1 - count);
  return text
    .slice(starts[first], (starts[first + count] ?? text.length + 1) - 1)
    .toLowerCase()
    .replace(/[^a-z ]/g, '')
    .split(' ');
}

/** `'ac':2 'est':1,4`, lexemes in byte order, as tsvectorout prints them. */
function vectorOf(lexemes: readonly string[]): string {
  const places = new Map<string, number[]>();
  lexemes.forEach((lexeme, index) => places.set(lexeme, [...(places.get(lexeme) ?? []), index + 1]));
  return [...places]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([lexeme, positions]) => `'${lexeme}':${positions.join(',')}`)
    .join(' ');
}

/** tsvectorrecv: number of lexemes; of each the text, the number of its positions, and they. */
function writeVector(text: string, buffer: Buffer, at: number): number {
  const lexemes = text === '' ? [] : text.split(' ');
  let end = buffer.writeInt32BE(lexemes.length, at);
  for (const written of lexemes) {
    const [, lexeme = '', places = ''] = /^'([^']*)'(?::([\d,]+))?$/.exec(written) ?? [];
    const positions = places === '' ? [] : places.split(',');
    end = buffer.writeUInt16BE(positions.length, writeCString(lexeme, buffer, end));
    for (const position of positions) end = buffer.writeUInt16BE(Number(position), end);
  }
  return end;
}

/** hstore_recv: number of pairs, then the length and text of each key and value. */
function writePairs(text: string, buffer: Buffer, at: number): number {
  const parts = [...text.matchAll(/"([^"]*)"/g)].map(([, part = '']) => part);
  let end = buffer.writeInt32BE(parts.length / 2, at);
  for (const part of parts) {
    const start = end + 4;
    end = writeText(part, buffer, start);
    buffer.writeInt32BE(end - start, start - 4);
  }
  return end;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

const wide = { values: MOST_NUMBERS, maxBytes: 2_048, width: 32 } as const;

export const TEXTS = {
  char: {
    oid: 18,
    width: 1,
    maxBytes: 1,
    values: LETTERS.length,
    make: (number) => LETTERS.charAt(number % LETTERS.length),
    write: writeText,
    pattern: /^[!-~]$/,
    example: 'a',
  },
  name: {
    ...wide,
    oid: 19,
    width: 64,
    make: (number) => `name_${number}`,
    write: writeText,
    pattern: /^.{1,63}$/,
    example: 'public',
  },
  xml: {
    ...wide,
    oid: 142,
    width: 60,
    make: (number, draws) => `<item id="${number}">${words(4, draws).join(' ')}</item>`,
    write: writeText,
    example: '<item/>',
  },
  tsvector: {
    ...wide,
    oid: 3614,
    width: 80,
    make: (number, draws) => vectorOf([`n${number}`, ...words(3 + draws.below(8), draws)]),
    write: writeVector,
    pattern: /^('[^' ]+'(:[\d,]+)?( (?!$)|$))*$/,
    example: "'cat':2 'fat':1",
  },
  tsquery: {
    ...wide,
    oid: 3615,
    make: (number) => `'n${number}'`,
    // tsqueryrecv: number of items; an operand is type 1, weight, prefix, text.
    write: (text, buffer, at) => {
      const start = buffer.writeUInt8(1, buffer.writeInt32BE(1, at));
      return writeCString(text.slice(1, -1), buffer, buffer.writeUInt16BE(0, start));
    },
    pattern: /^'[^' ]+'$/,
    example: "'cat'",
  },
  jsonpath: {
    ...wide,
    oid: 4072,
    make: (number) => `$."n${number}"`,
    write: writeVersioned,
    example: '$."a"',
  },
  hstore: {
    ...wide,
    oid: undefined,
    make: (number, draws) => `"tag"=>"${words(1, draws)[0] ?? ''}", "number"=>"${number}"`,
    write: writePairs,
    pattern: /^("[^"\\]*"=>"[^"\\]*"(, (?!$)|$))*$/,
    example: '"colour"=>"red"',
  },
  ltree: {
    ...wide,
    oid: undefined,
    make: (number) => `top.l${number % 10}.l${number % 100}.n${number}`,
    write: writeVersioned,
    pattern: /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/,
    example: 'top.science',
  },
} as const satisfies Readonly<Record<string, Special>>;
