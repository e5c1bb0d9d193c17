import { expect, it } from 'vitest';

import { Timeline } from '#rooms/traffic/timeline.js';
import { milliseconds as ms } from '#rooms/units.js';

const timeline = () => new Timeline(ms(1_000), (at) => (at < 2_000 ? 'baseline' : 'migration'));

it('each interval holds what happened in it, and nothing of the one before', () => {
  const line = timeline();
  line.due();
  line.due();
  line.completed(ms(4));
  line.load(3, 1);
  line.load(2, 5);
  line.close(ms(1_000));
  line.failed();
  line.finish(ms(2_500));
  expect(line.points).toMatchObject([
    { at: 0, phase: 'baseline', due: 2, completed: 1, failed: 0, max: 4, connectionsInUse: 3, queued: 5 },
    {
      at: 1_000,
      phase: 'baseline',
      due: 0,
      completed: 0,
      failed: 1,
      max: 0,
      p99: 0,
      connectionsInUse: 0,
      queued: 0,
    },
  ]);
});

it('intervals in which nothing happened have points too', () => {
  const line = timeline();
  line.close(ms(3_999));
  expect(line.points.map(({ at, phase }) => [at, phase])).toEqual([
    [0, 'baseline'],
    [1_000, 'baseline'],
    [2_000, 'migration'],
  ]);
});

it('the interval that the end cut short is kept if anything happened in it', () => {
  const busy = timeline();
  busy.close(ms(1_000));
  busy.due();
  busy.finish(ms(1_300));
  expect(busy.points.map(({ at, due }) => [at, due])).toEqual([
    [0, 0],
    [1_000, 1],
  ]);
  const idle = timeline();
  idle.finish(ms(1_300));
  expect(idle.points).toHaveLength(1);
});
