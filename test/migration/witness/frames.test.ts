import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Frames } from '#rooms/migration/witness/frames.js';

const BULK = 'd'.charCodeAt(0);

const message = fc
  .tuple(fc.constantFrom('Q', 'P', 'd', 'Z'), fc.uint8Array({ maxLength: 40 }))
  .map(([type, body]) => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  });

/** The stream cut at arbitrary places. */
function fed(messages: readonly Buffer[], cuts: readonly number[]) {
  const stream = Buffer.concat(messages);
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  const out: Buffer[] = [];
  const whole: Buffer[] = [];
  const frames = new Frames(new Set([BULK]), {
    frame: (_, frame) => {
      out.push(frame);
      whole.push(frame);
    },
    bulk: (bytes) => out.push(bytes),
  });
  for (let n = 1; n < places.length; n++) frames.feed(stream.subarray(places[n - 1], places[n]));
  return { stream, out: Buffer.concat(out), whole, frames };
}

describe('messages cut out of a stream', () => {
  it('are all of it, in its order, wherever it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (messages, cuts) => {
          const { stream, out, whole, frames } = fed(messages, cuts);
          expect(out.equals(stream)).toBe(true);
          expect(whole).toEqual(messages.filter((one) => one[0] !== BULK));
          expect(frames.atBoundary).toBe(true);
        },
      ),
    );
  });

  it('that have not come in full are waited for, unless nobody has to understand them', () => {
    const text = Buffer.from('Q\0\0\0\x0ahello\0', 'latin1');
    const data = Buffer.from('d\0\0\0\x0ahello\0', 'latin1');
    const of = (sent: Buffer) => {
      const got: string[] = [];
      const frames = new Frames(new Set([BULK]), {
        frame: () => got.push('frame'),
        bulk: (bytes) => got.push(String(bytes.length)),
      });
      frames.feed(sent.subarray(0, 8));
      return { got, atBoundary: frames.atBoundary };
    };
    expect(of(text)).toEqual({ got: [], atBoundary: false });
    expect(of(data)).toEqual({ got: ['8'], atBoundary: false });
  });
});
