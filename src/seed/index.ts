export { seedDataset, type SeedOptions, type SeedSummary } from './seed.ts';
export type { SeedProgress } from './progress.ts';
