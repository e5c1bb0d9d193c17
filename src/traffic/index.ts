export { startGenerator, type GeneratorThreads, type Traffic } from './traffic.ts';
export { checkStatements } from './check-statements.ts';
export { boundStatements } from './bound-statements.ts';
export { firstTrialSlot, trialPrograms, type TrialProgram } from './trial-program.ts';
export { TrialSession, type Trial, type TrialRun, type WalkEnd } from './trial-session.ts';
export { startActor, type RunningActor } from './actors.ts';
export type { BaselineLoad, ServiceReport, TrafficProgress } from './messages.ts';
export type { TrafficRecording } from './merge.ts';
export type { SlowArrival, StallSeen } from './recording.ts';
