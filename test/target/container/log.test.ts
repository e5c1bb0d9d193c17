import fc from 'fast-check';
import { expect, it } from 'vitest';

import { textOfFrames } from '#rooms/target/container/log.js';

const frame = (text: string, stream: number): Buffer => {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
};

it('both streams in their order, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.constantFrom(1, 2))), (lines) => {
      const frames = Buffer.concat(lines.map(([text, stream]) => frame(text, stream)));
      expect(textOfFrames(frames)).toBe(lines.map(([text]) => Buffer.from(text).toString('utf8')).join(''));
    }),
  );
});

it('a frame that is not whole ends with what is there of it', () => {
  expect(textOfFrames(frame('ready\n', 2).subarray(0, 12))).toBe('read');
  expect(textOfFrames(Buffer.alloc(5))).toBe('');
});
