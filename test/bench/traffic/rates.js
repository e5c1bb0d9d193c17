// A TPC-B-like transaction at a stated rate: is the rate kept, how late is the generator, and does it measure what pgbench measures?
import { printTable, ratio } from '../seed/bed.js';
import { ms, ourRun, pgbenchRun, TPCB } from './bed.js';

const CONNECTIONS = 20;

export async function rates({ bed, seconds, rounds }) {
  for (const rate of [500, 2000]) {
    console.log(`TPC-B-like at ${rate}/s, ${CONNECTIONS} connections, ${seconds} s, the round of the median`);
    const asked = { script: TPCB, connections: CONNECTIONS, rate, seconds };
    const pairs = [];
    // In turns: what else the machine does falls on both.
    for (let round = 0; round < rounds; round++)
      pairs.push({ theirs: await pgbenchRun(bed, asked), ours: await ourRun(bed, asked) });
    const median = pairs.toSorted((one, other) => distance(one) - distance(other))[
      Math.floor(pairs.length / 2)
    ];
    report(rate, median);
  }
}

const PERCENTS = [50, 95, 99];

/** How far both are apart in the p99 of service time. */
const distance = ({ ours, theirs }) =>
  Math.abs(Math.log(ours.service.percentile(99) / theirs.service.percentile(99)));

function report(rate, { ours, theirs }) {
  const rows = (name) =>
    PERCENTS.map((percent) => {
      const [own, other] = [ours[name].percentile(percent), theirs[name].percentile(percent)];
      // Timers here count in milliseconds: up to one of them is the timer's.
      const isNear = Math.abs(own / other - 1) <= 0.15 || (name === 'response' && Math.abs(own - other) <= 1);
      return [
        `${name} p${percent}, ms`,
        ms(own),
        ms(other),
        `${(own / other).toFixed(2)} (asked: 0.85 to 1.15${name === 'response' ? ' or 1 ms' : ''}${isNear ? '' : ', MISSED'})`,
      ];
    });
  printTable(
    ['', 'ours', 'pgbench', 'ratio'],
    [
      [
        'achieved/planned',
        ratio(ours.completed / ours.planned, { least: 0.995 }, 4),
        (theirs.perSecond / rate).toFixed(4),
        '',
      ],
      ['dispatch lag p99, ms', ratio(ours.lag.percentile(99), { most: 2 }), '', ''],
      ...rows('service'),
      ...rows('response'),
      ['event loop busy', `${(ours.eventLoop * 100).toFixed(0)} %`, '', ''],
      ['longest collection, ms', ms(ours.collections.longest), '', ''],
    ],
  );
  console.log();
}
