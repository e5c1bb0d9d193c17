export { startObserver, type Observation, type Observer } from './observer.ts';
export type { SampledLock } from './fold.ts';
export { Fold } from './fold.ts';
export { blameOf, type Blame } from './chain.ts';
export { blockersInQueues, type QueuedWait } from './queue.ts';
export type { LockSeen, Sample, WaitSeen } from './samples.ts';
export { leftovers, relationStates } from './audit.ts';
