import type { Special } from './kind.ts';

/** Points on a grid of a thousandth, each number another one. */
const SIDE = 2 ** 20;
const x = (number: number): number => (number % SIDE) / 1_000;
const y = (number: number): number => Math.floor(number / SIDE) / 1_000;
const next = (value: number): number => Math.round(value * 1_000 + 1_500) / 1_000;

const NUMBER = /-?\d+(?:\.\d+)?/g;

const numbersIn = (text: string): readonly number[] => (text.match(NUMBER) ?? []).map(Number);

const writeNumbers = (text: string, buffer: Buffer, at: number): number =>
  numbersIn(text).reduce((end, number) => buffer.writeDoubleBE(number, end), at);

/** `numbers`: coordinates, each a float8. */
const shape = (oid: number, numbers: number, example: string, make: (number: number) => string): Special => ({
  oid,
  width: numbers * 8,
  maxBytes: numbers * 8,
  values: SIDE ** 2,
  make,
  write: writeNumbers,
  example,
});

const point = (number: number): string => `(${x(number)},${y(number)})`;
const other = (number: number): string => `(${next(x(number))},${next(y(number))})`;
const corner = (number: number): string => `(${next(x(number))},${y(number)})`;

/** A list of points: path_recv has a byte for closed and the number of points, poly_recv the number. */
const POINTS = 3;
const figure = (oid: number, head: (buffer: Buffer, at: number) => number): Special => ({
  oid,
  width: 80,
  maxBytes: 8_192,
  values: SIDE ** 2,
  make: (number) => `(${point(number)},${corner(number)},${other(number)})`,
  write: (text, buffer, at) => {
    const start = head(buffer, at);
    return writeNumbers(text, buffer, buffer.writeInt32BE(numbersIn(text).length / 2, start));
  },
  example: `(${Array.from({ length: POINTS }, (_, index) => `(${index},${index * index})`).join(',')})`,
});

export const GEOMETRY = {
  point: shape(600, 2, '(1,2)', point),
  lseg: shape(601, 4, '[(1,2),(3,4)]', (number) => `[${point(number)},${other(number)}]`),
  line: shape(628, 3, '{1,2,3}', (number) => `{1,${x(number)},${y(number)}}`),
  box: shape(603, 4, '(3,4),(1,2)', (number) => `${other(number)},${point(number)}`),
  circle: shape(718, 3, '<(1,2),3>', (number) => `<${point(number)},1.5>`),
  path: figure(602, (buffer, at) => buffer.writeUInt8(1, at)),
  polygon: figure(604, (_, at) => at),
} as const satisfies Readonly<Record<string, Special>>;
