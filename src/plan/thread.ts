/** A second, narrow door: when arrivals are due and what they bind, for threads that only drive (without the parsers). */
export * from './arrivals.ts';
export * from './parameters.ts';
