import type { Special } from './kind.ts';

const FREE_BITS = 48;

/** bit_recv: number of bits, then bytes, the first bit highest. */
const bits = (oid: number, fixed: boolean): Special => ({
  oid,
  width: 12,
  maxBytes: 4 + 8_192,
  values: 2 ** FREE_BITS,
  make: (number, _, modifier) => {
    const width = modifier ?? (fixed ? 1 : FREE_BITS);
    return number.toString(2).padStart(width, '0').slice(-width);
  },
  write: (text, buffer, at) => {
    let end = buffer.writeInt32BE(text.length, at);
    for (let bit = 0; bit < text.length; bit += 8)
      end = buffer.writeUInt8(parseInt(text.slice(bit, bit + 8).padEnd(8, '0'), 2), end);
    return end;
  },
  pattern: /^[01]*$/,
  example: '1010',
});

const address = (oid: number, bytes: number): Special => ({
  oid,
  width: bytes,
  maxBytes: bytes,
  values: 2 ** 40,
  make: (number) => {
    const hex = number.toString(16).padStart((bytes - 1) * 2, '0');
    // Locally administered, so that it is nobody's.
    return `02${hex.replace(/../g, ':$&')}`;
  },
  write: (text, buffer, at) => at + buffer.write(text.replaceAll(':', ''), at, 'hex'),
  pattern: new RegExp(`^[0-9a-f]{2}(:[0-9a-f]{2}){${bytes - 1}}$`),
  example: `02${':00'.repeat(bytes - 1)}`,
});

export const BITS = {
  bit: bits(1560, true),
  varbit: bits(1562, false),
  macaddr: address(829, 6),
  macaddr8: address(774, 8),
} as const satisfies Readonly<Record<string, Special>>;
