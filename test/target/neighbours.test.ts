import { describe, expect, it } from 'vitest';

import { allowedTraffic, standbyObjections, trafficObjections } from '#rooms/target/neighbours.js';
import { perSecond } from '#rooms/units.js';

const at = (counts: Readonly<Record<string, number>>, active: readonly number[] | undefined = []) => ({
  databases: Object.entries(counts).map(([name, transactions]) => ({ name, transactions })),
  active,
});
const WINDOW = { seconds: 2, limit: perSecond(10) };

describe('traffic of others', () => {
  it('is objected to above the limit, over all databases, and the busiest is named', () => {
    const found = trafficObjections(at({ a: 100, b: 0 }), at({ a: 108, b: 14 }), WINDOW);
    expect(found).toEqual([
      {
        about: 'traffic',
        found: '11/s transactions of others, most in database b; the limit is 10/s (other_traffic)',
      },
    ]);
    expect(trafficObjections(at({ a: 100, b: 0 }), at({ a: 106, b: 14 }), WINDOW)).toEqual([]);
  });

  it('is not what a database had done before it was seen, nor a counter that was reset', () => {
    expect(trafficObjections(at({ a: 1_000 }), at({ a: 3, b: 1_000 }), WINDOW)).toEqual([]);
  });

  it('below a limit that somebody has raised is told, as far as it is above the usual one', () => {
    const raised = { seconds: 2, limit: perSecond(100_000) };
    expect(allowedTraffic(at({ a: 0, b: 0 }), at({ a: 30, b: 400 }), raised)).toEqual([
      'rehearsed beside 215/s transactions of others, most in database b: other_traffic allows 100,000/s, usual is 10/s',
    ]);
    expect(allowedTraffic(at({ a: 0 }), at({ a: 20 }), raised)).toEqual([]);
    expect(allowedTraffic(at({ a: 0 }), at({ a: 430 }), WINDOW)).toEqual([]);
    expect(allowedTraffic(at({}, undefined), at({}, undefined), raised)).toEqual([]);
  });

  it('is also a few sessions that work all the time, but not one after the other', () => {
    const [found] = trafficObjections(at({}, [1, 2, 3, 4, 5]), at({}, [2, 3, 4, 5, 6]), WINDOW);
    expect(found?.found).toContain('4 sessions of others at work all the time, pid 2, 3, 4, 5');
    expect(trafficObjections(at({}, [1, 2, 3, 4]), at({}, [4, 5, 6, 7]), WINDOW)).toEqual([]);
    expect(trafficObjections(at({}, undefined), at({}, undefined), WINDOW)).toEqual([]);
  });
});

describe('a standby', () => {
  it('is whoever receives the log of changes, and a slot in use', () => {
    expect(
      standbyObjections({ senders: ['walreceiver (streaming)'], slots: [{ name: 's1', active: true }] }),
    ).toEqual([
      {
        about: 'standby',
        found: 'a receiver of its log of changes: walreceiver (streaming), a replication slot in use: s1',
      },
    ]);
    const [away] = standbyObjections({ senders: [], slots: [{ name: 'dr', active: false }] });
    expect(away?.found).toContain('whose receiver is away, for which the log of changes piles up: dr');
    expect(standbyObjections({ senders: [], slots: [] })).toEqual([]);
  });
});
