export * from './phase.ts';
export * from './metric.ts';
export * from './threshold.ts';
export * from './parse.ts';
export * from './defaults.ts';
