export { seedDataset, type SeedSummary } from './seed.ts';
export { begunLoad, type BegunLoad } from './begun-load.ts';
export { sweepLoad } from './undo-load.ts';
export type { SeedOptions } from './seeding.ts';
export { verifyDataset, type VerifyOptions } from './verify.ts';
export { cardComplaints, stateCardLines } from './card-lines.ts';
export type { ColumnState, Compared, Interval, StateCard, TableState } from './state-card.ts';
export type { SeedProgress } from './progress.ts';
