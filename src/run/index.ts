export { rehearse } from './rehearse.ts';
export type { ExternalTarget, InPlace, RehearsalOptions, RunTarget } from './options.ts';
export { requireAllowedName } from './guard.ts';
export { requireWithinDatabase } from './far-reach.ts';
export {
  cachedDataset,
  datasetKey,
  describeItem,
  type CachedDataset,
  type Surroundings,
  type Wanted,
} from './cached-dataset.ts';
export { describeVolume } from './volume-limit.ts';
export { fillDatabase, type FilledDatabase, type NamedDatabase } from './named-database.ts';
export { verifyCached, verifyDatabase, type Verification } from './verify.ts';
export { Stop } from './stop.ts';
export type { RunEvent } from './events.ts';
