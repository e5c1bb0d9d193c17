import { expect, it } from 'vitest';

import { Alarm } from '#rooms/traffic/alarm.js';
import { milliseconds as ms } from '#rooms/units.js';

const now = () => ms(performance.now());

/** Rings at each of the times from now, and tells when it did. */
async function ringing(spins: boolean, ...inTime: readonly number[]) {
  const begin = now();
  const rung: number[] = [];
  let alarm: Alarm | undefined;
  await new Promise<void>((done) => {
    const left = inTime.map((one) => begin + one);
    alarm = new Alarm({
      now,
      spins,
      ring: () => {
        rung.push(now() - begin);
        left.shift();
        if (left[0] === undefined) done();
        else alarm!.set(left[0]);
      },
    });
    alarm.set(left[0]!);
  });
  return { rung, alarm: alarm! };
}

/** Node's timers count in whole milliseconds, from the time at which the loop's turn began. */
const A_TIMER = 3;

it.each([true, false])('rings at each time, never more than a timer early (awake: %s)', async (spins) => {
  const { rung } = await ringing(spins, 10, 20, 40);
  expect(rung).toHaveLength(3);
  for (const [index, asked] of [10, 20, 40].entries())
    expect(rung[index]).toBeGreaterThanOrEqual(asked - A_TIMER);
});

it('that stays awake is never early, and knows for how long it had nothing to do', async () => {
  const { rung, alarm } = await ringing(true, 3, 50);
  expect(rung[0]).toBeGreaterThanOrEqual(3);
  expect(rung[1]).toBeGreaterThanOrEqual(50);
  expect(alarm.spun).toBeGreaterThan(1);
  expect(alarm.spun).toBeLessThanOrEqual(rung[1]!);
});

it('does not ring once it is cleared, and keeps the earliest of several', async () => {
  for (const spins of [true, false]) {
    let rung = 0;
    const alarm = new Alarm({ now, spins, ring: () => rung++ });
    alarm.set(now() + 5);
    alarm.clear();
    await ringing(false, 20);
    expect(rung).toBe(0);
    alarm.set(now() + 5);
    alarm.set(now() + 1_000_000);
    await ringing(false, 30);
    expect(rung).toBe(1);
  }
});
