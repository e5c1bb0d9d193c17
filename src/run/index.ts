export { rehearse, type RehearsalOptions } from './rehearse.ts';
export type { RunEvent } from './events.ts';
