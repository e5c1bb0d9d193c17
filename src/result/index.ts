export * from './traffic.ts';
export * from './locks.ts';
export * from './migration.ts';
export * from './judgement.ts';
export * from './result.ts';
export * from './file.ts';
export type { PhaseName } from '../threshold/index.ts';
export type { ErrorClass, LockMode } from '../postgres/index.ts';
export { LOCK_MODES } from '../postgres/index.ts';
