// A long run: the harness's memory minute by minute.
import { printTable, ratio } from '../seed/bed.js';
import { ourRun, SELECT } from './bed.js';

const RATE = 1000;

export async function memory({ bed, minutes }) {
  console.log(`memory of a run of ${minutes} minutes at ${RATE}/s`);
  const seen = [];
  const timer = setInterval(() => seen.push(process.memoryUsage.rss() / 1024 ** 2), 5000);
  await ourRun(bed, { script: SELECT, connections: 10, rate: RATE, seconds: minutes * 60 });
  clearInterval(timer);
  const part = (from, to) => {
    const some = seen.slice(Math.floor(seen.length * from), Math.ceil(seen.length * to));
    return some.reduce((sum, one) => sum + one, 0) / some.length;
  };
  const tenths = [0.1, 0.3, 0.5, 0.7, 0.9].map((from) => [
    `${(from * minutes).toFixed(1)} to ${((from + 0.1) * minutes).toFixed(1)} min, MB`,
    part(from, from + 0.1).toFixed(0),
  ]);
  // The first ten minutes fill what is kept: 600 intervals, and the slow arrivals one by one up to a limit.
  const growth = part(0.9, 1) / part(0.5, 0.6);
  printTable(['', ''], [...tenths, ['last tenth against the sixth', ratio(growth, { most: 1.1 })]]);
  console.log();
}
