import { formatTime, MICROSECONDS_PER_SECOND } from '../calendar.ts';

import type { Special } from './kind.ts';

const writeInt64 = (value: number, buffer: Buffer, at: number): number => {
  buffer.writeInt32BE(Math.floor(value / 4_294_967_296), at);
  return buffer.writeUInt32BE(value >>> 0, at + 4);
};

const writeWord = (text: string, buffer: Buffer, at: number): number =>
  buffer.writeUInt32BE(Number(text), at);

/** Below are the OIDs of the system's own objects. */
const FIRST_OID = 16_384;

const word = (oid: number): Special => ({
  oid,
  width: 4,
  maxBytes: 4,
  values: 2 ** 31,
  make: (number) => String(number + FIRST_OID),
  write: writeWord,
  pattern: /^\d{1,10}$/,
  example: '16384',
});

const SECONDS_PER_DAY = 86_400;

export const NUMBERS = {
  oid: word(26),
  xid: word(28),
  xid8: {
    ...word(5069),
    width: 8,
    maxBytes: 8,
    write: (text, buffer, at) => writeInt64(Number(text), buffer, at),
  },
  timetz: {
    oid: 1266,
    width: 12,
    maxBytes: 12,
    values: SECONDS_PER_DAY,
    make: (number) => `${formatTime((number % SECONDS_PER_DAY) * MICROSECONDS_PER_SECOND)}+00`,
    write: (text, buffer, at) => {
      const [hours = 0, minutes = 0, seconds = 0] = text.slice(0, 8).split(':').map(Number);
      const time = ((hours * 60 + minutes) * 60 + seconds) * MICROSECONDS_PER_SECOND;
      return buffer.writeInt32BE(0, writeInt64(time, buffer, at));
    },
    pattern: /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d\+00$/,
    example: '12:30:00+00',
  },
  money: {
    oid: 790,
    width: 8,
    maxBytes: 8,
    values: 10_000_000,
    make: (number) => {
      const cents = number % 10_000_000;
      const whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
      return `$${whole}.${String(cents % 100).padStart(2, '0')}`;
    },
    write: (text, buffer, at) => writeInt64(Number(text.replace(/\D/g, '')), buffer, at),
    pattern: /^\$\d{1,3}(,\d{3})*\.\d{2}$/,
    example: '$1,234.56',
  },
  pg_lsn: {
    oid: 3220,
    width: 8,
    maxBytes: 8,
    values: 2 ** 48,
    make: (number) =>
      `${Math.floor(number / 4_294_967_296)
        .toString(16)
        .toUpperCase()}/${(number >>> 0).toString(16).toUpperCase()}`,
    write: (text, buffer, at) =>
      text.split('/').reduce((end, part) => buffer.writeUInt32BE(parseInt(part, 16), end), at),
    pattern: /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/,
    example: '0/16B3748',
  },
} as const satisfies Readonly<Record<string, Special>>;
