import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Fifo } from '#rooms/traffic/fifo.js';

it('gives back what was put in, in its order, like a plain list', () => {
  const commands = fc.array(
    fc.oneof(
      fc.nat().map((item) => ({ item })),
      fc.constant('shift' as const),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(commands, (history) => {
      const fifo = new Fifo<number>();
      const list: number[] = [];
      for (const command of history) {
        if (command === 'shift') expect(fifo.shift()).toBe(list.shift());
        else {
          fifo.push(command.item);
          list.push(command.item);
        }
        expect(fifo.length).toBe(list.length);
      }
    }),
  );
});

it('keeps its order through many thousand items', () => {
  const fifo = new Fifo<number>();
  let next = 0;
  for (let item = 0; item < 20_000; item++) {
    fifo.push(item);
    if (item % 3 !== 0) expect(fifo.shift()).toBe(next++);
  }
  while (fifo.length > 0) expect(fifo.shift()).toBe(next++);
  expect(next).toBe(20_000);
});
