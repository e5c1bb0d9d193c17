export * from './engine.ts';
export * from './sweep.ts';
export * from './volumes.ts';
