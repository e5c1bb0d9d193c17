export * from './random.ts';
export * from './distribution.ts';
export * from './permutation.ts';
export * from './weighted.ts';
export * from './histogram.ts';
export * from './block-bootstrap.ts';
export * from './percentile-spread.ts';
export * from './normal.ts';
