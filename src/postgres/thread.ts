/** A second, narrow door: what needs no SQL parser, for threads. */
export * from './identifier.ts';
export * from './sqlstate.ts';
export * from './deadlock-detail.ts';
export * from './lock-log.ts';
