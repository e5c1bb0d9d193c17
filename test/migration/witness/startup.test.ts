import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  asksForLog,
  isReplication,
  readFirstPacket,
  startupPacket,
  withOptions,
} from '#rooms/migration/witness/startup.js';

const V3 = 196_608;

describe('the first packet of a client', () => {
  it('is read back as it was written', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 10, unit: 'binary' })
      .filter((text) => !text.includes('\0'));
    const parameters = fc.array(fc.tuple(word, word)).map((pairs) => new Map(pairs));
    fc.assert(
      fc.property(parameters, (given) => {
        const packet = startupPacket(V3, given);
        expect(readFirstPacket(packet)).toEqual({
          packet: { kind: 'startup', version: V3, parameters: given },
          length: packet.length,
        });
        expect(readFirstPacket(packet.subarray(0, -1))).toBeUndefined();
      }),
    );
  });

  it.each([
    ['SSLRequest', 80_877_103, 'encryption'],
    ['GSSENCRequest', 80_877_104, 'encryption'],
    ['CancelRequest', 80_877_102, 'cancel'],
  ])('%s is known', (_, code, kind) => {
    const packet = Buffer.alloc(8);
    packet.writeInt32BE(8, 0);
    packet.writeInt32BE(code, 4);
    expect(readFirstPacket(packet)?.packet.kind).toBe(kind);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['TLS without a request', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
    ['nothing', Buffer.alloc(8)],
  ])('%s is none of PostgreSQL', (_, bytes) => {
    expect(readFirstPacket(bytes)?.packet.kind).toBe('foreign');
  });

  it("keeps the client's own options behind ours, so that they win", () => {
    expect(withOptions(new Map([['user', 'a']]), '-c x=1').get('options')).toBe('-c x=1');
    expect(withOptions(new Map([['options', '-c x=2']]), '-c x=1').get('options')).toBe('-c x=1 -c x=2');
  });

  it.each([
    ['database', true],
    ['on', true],
    ['false', false],
    ['', false],
  ])('of a session with replication %s', (value, expected) => {
    expect(isReplication(new Map([['replication', value]]))).toBe(expected);
  });
});

it.each([
  ['SET client_min_messages = log', true],
  ["set client_min_messages to 'debug1'", true],
  ['options=-c client_min_messages=DEBUG5', true],
  ['SET client_min_messages = warning', false],
  ['SELECT log FROM client', false],
])('%s asks for the log: %s', (text, expected) => {
  expect(asksForLog(text)).toBe(expected);
});
