export * from './model.ts';
export { keyFiguresOf, type KeyFigures } from './key-figures.ts';
export { trendOf } from './trend.ts';
