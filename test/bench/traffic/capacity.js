// As fast as it goes: one row by its key, prepared, closed loop over all connections.
import { printTable, ratio } from '../seed/bed.js';
import { ourRun, pgbenchRun, SELECT } from './bed.js';

const CONNECTIONS = 10;

export async function capacity({ bed, seconds, rounds }) {
  console.log(
    `one-row SELECT, prepared, ${CONNECTIONS} connections, ${seconds} s, best of ${rounds} rounds in turns`,
  );
  const asked = { script: SELECT, connections: CONNECTIONS, seconds };
  let theirs;
  let ours;
  for (let round = 0; round < rounds; round++) {
    const [their, own] = [await pgbenchRun(bed, asked), await ourRun(bed, asked)];
    if (!(theirs?.perSecond >= their.perSecond)) theirs = their;
    if (!(ours?.perSecond >= own.perSecond)) ours = own;
  }
  const statements = ours.recording.transactions.reduce((sum, { completed }) => sum + completed, 0);
  const cost = ((ours.used.user + ours.used.system) / statements) * 1e6;
  const theirCost = (theirs.used / theirs.processed) * 1e6;
  printTable(
    ['', 'ours', 'pgbench', 'ratio'],
    [
      [
        'statements a second',
        ours.perSecond.toFixed(0),
        theirs.perSecond.toFixed(0),
        ratio(ours.perSecond / theirs.perSecond, { least: 0.6 }),
      ],
      [
        'processor µs a statement',
        ratio(cost, { most: 15 }, 1),
        theirCost.toFixed(1),
        (cost / theirCost).toFixed(2),
      ],
      ['  of it in the kernel', ((ours.used.system / statements) * 1e6).toFixed(1), '', ''],
    ],
  );
  console.log();
}
