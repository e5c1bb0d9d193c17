export * from './home.ts';
export * from './build.ts';
export * from './containers.ts';
export * from './settings.ts';
export * from './instance.ts';
export * from './create-instance.ts';
export * from './dataset-cache.ts';
export type { DatasetEntry, DatasetFacts } from './entry.ts';
export { diskFailure, type SeedingPlace } from './seeding-place.ts';
export * from './cache-items.ts';
export { cleanUp, ownedIn, type CleanUpOptions, type LeftOver } from './clean-up.ts';
export * from './left-overs.ts';
export { copiesByReference, freeSpace, requireRoom, roomProblem, type Demand } from './disk.ts';
export * from './connection.ts';
export * from './connection-string.ts';
export * from './pooler.ts';
export { maintenanceConnection, openMaintenance, tryLockName } from './maintenance.ts';
export * from './content.ts';
export {
  asideName,
  bearsOurWords,
  commentOn,
  commentStatement,
  copyStrategy,
  createOwnDatabase,
  dropDatabase,
  openOwnDatabase,
  OWN_NAMES,
  ownComment,
  runDatabaseName,
  templateName,
  UNFINISHED,
  withoutOurWords,
} from './own-database.ts';
export { sweepDatabases, type SweepOptions } from './sweep-databases.ts';
export * from './held-name.ts';
export { rollbackPrepared } from './prepared-transactions.ts';
export * from './database-settings.ts';
export * from './mark.ts';
export { requireOrdinary } from './ordinary-database.ts';
export { requirePossibleName } from './whole-name.ts';
export * from './name-pattern.ts';
export { occupantsOf } from './occupants.ts';
export { waysOut } from './ways-out.ts';
export {
  CONCERNS,
  inhabitants,
  lookAround,
  USUAL_TRAFFIC,
  type Concern,
  type Inhabitants,
  type Objection,
} from './neighbours.ts';
export type * from './session.ts';
export * from './connect.ts';
export { SHIELD } from './shield.ts';
export { UNTIMED } from './untimed.ts';
export * from './row.ts';
export * from './error-class.ts';
export { serverFailure } from './server-failure.ts';
export { isAbandoned, ownedName, parseOwnedName, thisWitness } from './owner.ts';
export * from './lock-wait-log.ts';
export * from './lock-reporting.ts';
export * from './visibility.ts';
export * from './usable.ts';
export { requireWritable } from './writable.ts';
export * from './broken-constraint.ts';
export { passwordFor } from './password-file.ts';
export { newPassword } from './cluster.ts';
export { logIn } from './log-in.ts';
export { atOneAddress } from './one-address.ts';
export { openStream, readMessage } from './stream.ts';
export { readError, readRow } from './wire/backend.ts';
export { closeMessage, cString, message, SYNC } from './wire/frontend.ts';
