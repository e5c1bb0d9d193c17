export { startGenerator, type GeneratorThread, type Traffic } from './traffic.ts';
export { startActor, type RunningActor } from './actors.ts';
export type { PhaseStart, SlowArrival, StallSeen, TrafficProgress, TrafficRecording } from './messages.ts';
