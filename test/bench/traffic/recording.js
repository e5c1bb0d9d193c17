// What the account of every arrival costs: the recorder alone, with the arrivals of a second, beside what a run uses.
import { LoadClock } from '../../../dist/traffic/load-clock.js';
import { Recorder } from '../../../dist/traffic/recorder.js';
import { printTable, ratio } from '../seed/bed.js';
import { ourRun, TPCB } from './bed.js';

const RATE = 2000;
const SECONDS = 100;

export async function recording({ bed, seconds }) {
  const perArrival = Math.min(...[1, 2, 3].map(costOfRecording));
  const run = await ourRun(bed, { script: TPCB, connections: 20, rate: RATE, seconds });
  const arrivals = run.recording.transactions.reduce((sum, { planned }) => sum + planned, 0);
  const all = ((run.used.user + run.used.system) / arrivals) * 1e6;
  const share = perArrival / all;
  console.log(`recording, TPC-B-like at ${RATE}/s`);
  printTable(
    ['', ''],
    [
      ['µs an arrival', perArrival.toFixed(2)],
      ['processor µs an arrival, all in all', all.toFixed(0)],
      ["share of the run's processor time", ratio(share * 100, { most: 1 }, 2, ' %')],
    ],
  );
  console.log();
}

/** Microseconds an arrival: dispatched, started, ended; intervals closed as they go by. */
function costOfRecording() {
  const recorder = new Recorder([{ phase: 'baseline', at: 0 }], LoadClock.memory());
  const outcome = { kind: 'completed', overcome: [] };
  const began = performance.now();
  for (let slot = 0; slot < RATE * SECONDS; slot++) {
    const at = (slot * 1000) / RATE;
    const dispatchedAt = at + (slot % 11) / 10;
    const startedAt = dispatchedAt + (slot % 3) / 100;
    const endedAt = startedAt + 0.5 + (slot % 97) / 20;
    const arrival = { slot, entry: slot % 5, phase: 'baseline', at, dispatchedAt, user: -1 };
    recorder.dispatched(arrival);
    recorder.started(arrival, startedAt);
    recorder.ended(arrival, outcome, { startedAt, endedAt, pid: 1 });
  }
  return ((performance.now() - began) * 1000) / (RATE * SECONDS);
}
