import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MessageReader, readColumns, readError, readRow, readRowCount } from '#rooms/target/wire/backend.js';
import { bindHead, executeMessages, prepareMessages, queryMessage } from '#rooms/target/wire/frontend.js';

/** A message of the server. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function dataRow(values: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(values.length);
  const cells = values.map((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value ?? '')]);
  });
  return Buffer.concat([count, ...cells]);
}

const texts = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
const rows = fc.array(fc.option(texts), { maxLength: 5 });

describe('the messages of the server', () => {
  /** Cut into pieces of these lengths, in a buffer that is used again each time, as a socket's is. */
  function read(stream: Buffer, cuts: readonly number[], wantsRows: boolean) {
    const seen: string[] = [];
    const reader = new MessageReader((type, buffer, from, to) =>
      seen.push(`${String.fromCharCode(type)} ${buffer.toString('hex', from, to)}`),
    );
    reader.wantsRows = wantsRows;
    const shared = Buffer.alloc(stream.length);
    let at = 0;
    for (const cut of [...cuts, stream.length]) {
      const piece = stream.subarray(at, at + cut);
      piece.copy(shared);
      if (piece.length > 0) reader.feed(shared, piece.length);
      shared.fill(0xff);
      at += piece.length;
    }
    return seen;
  }

  const messages = fc.array(
    fc.oneof(
      rows.map((row) => message('D', dataRow(row))),
      fc.uint8Array({ maxLength: 30 }).map((body) => message('C', Buffer.from(body))),
    ),
    { maxLength: 12 },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

  it('are the same however the socket cuts them', () => {
    fc.assert(
      fc.property(messages, cuts, (all, pieces) => {
        const stream = Buffer.concat(all);
        expect(read(stream, pieces, true)).toEqual(read(stream, [], true));
        expect(read(stream, [], true).length).toBe(all.length);
      }),
    );
  });

  it('that nobody wants are stepped over, and nothing else is', () => {
    fc.assert(
      fc.property(messages, cuts, (all, pieces) => {
        const wanted = read(Buffer.concat(all), [], true).filter((one) => !one.startsWith('D'));
        expect(read(Buffer.concat(all), pieces, false)).toEqual(wanted);
      }),
    );
  });

  it('give rows as they were sent', () => {
    fc.assert(
      fc.property(rows, (row) => {
        expect(readRow(dataRow(row), 0)).toEqual(row);
      }),
    );
  });

  it.each([
    ['SELECT 3', 3],
    ['INSERT 0 15', 15],
    ['UPDATE 0', 0],
    ['BEGIN', 0],
    ['COPY 1234567', 1_234_567],
  ])('%s counts %i rows', (tag, count) => {
    const body = Buffer.from(`${tag}\0`);
    expect(readRowCount(body, body.length)).toBe(count);
  });

  it('give the fields of an error and the names of columns', () => {
    expect(Object.fromEntries(readError(Buffer.from('SERROR\0C42P01\0Mno größe\0\0'), 0))).toEqual({
      S: 'ERROR',
      C: '42P01',
      M: 'no größe',
    });
    const facts = Buffer.alloc(18);
    const columns = Buffer.concat([
      Buffer.from([0, 2]),
      Buffer.from('id\0'),
      facts,
      Buffer.from('größe\0'),
      facts,
    ]);
    expect(readColumns(columns, 0)).toEqual(['id', 'größe']);
  });
});

describe('the messages to the server', () => {
  it('bind every text in UTF-8, NULL apart, and say how long they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.oneof(texts, fc.constant('x'.repeat(100)))), { maxLength: 6 }),
        (values) => {
          const sent = executeMessages(bindHead('s', values.length), values);
          expect(sent.subarray(0, 1).toString()).toBe('B');
          const length = sent.readInt32BE(1);
          // Portal (empty), statement, no formats, how many values.
          const body = sent.subarray(5 + 1 + 2 + 2, 1 + length - 2);
          expect(readRow(body, 0)).toEqual(values);
          expect(sent.subarray(1 + length).toString('hex')).toBe('450000000900000000005300000004');
        },
      ),
    );
  });

  it('have the forms of the manual', () => {
    expect(queryMessage('BEGIN').toString('latin1')).toBe('Q\0\0\0\nBEGIN\0');
    expect(prepareMessages('n', 'SELECT 1').toString('latin1')).toBe(
      'P\0\0\0\x11n\0SELECT 1\0\0\0D\0\0\0\x07Sn\0',
    );
  });
});
