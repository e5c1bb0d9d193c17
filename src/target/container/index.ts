export * from './engine.ts';
export * from './image.ts';
export * from './limits.ts';
export * from './server.ts';
export * from './dataset.ts';
export * from './copy.ts';
export * from './sweep.ts';
export * from './volumes.ts';
