import { expect, it } from 'vitest';

import { RecentWindow } from '#rooms/traffic/recent.js';
import { milliseconds as ms } from '#rooms/units.js';

it('each look sees only what ended since the one before', () => {
  const recent = new RecentWindow();
  recent.ended(true, ms(4));
  recent.ended(false, ms(900));
  recent.ended(true, ms(8));
  expect(recent.take()).toEqual({ completed: 2, failed: 1, p99: 8 });
  expect(recent.take()).toEqual({ completed: 0, failed: 0, p99: 0 });
});
