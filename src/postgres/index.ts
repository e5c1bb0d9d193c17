export * from './lock-mode.ts';
export * from './sqlstate.ts';
export * from './identifier.ts';
export * from './statement.ts';
export * from './mend.ts';
export * from './parameters.ts';
export * from './relations-created.ts';
export type { Node as SqlNode } from 'libpg-query';
export * from './lock-log.ts';
