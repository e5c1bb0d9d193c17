/** A second, narrow door: sessions without servers and caches, for threads. */
export * from './connection.ts';
export type * from './session.ts';
export * from './connect.ts';
export * from './traffic-session.ts';
export { trafficCommand, trafficStatement, type TrafficStatement } from './traffic-statement.ts';
export * from './row.ts';
export * from './error-class.ts';
export * from './lock-wait-log.ts';
export { EVERY_OBJECT } from './content.ts';
