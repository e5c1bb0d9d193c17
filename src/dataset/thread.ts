/** A second, narrow door: rows without the parsers, for threads that only load (a quarter of the memory and of the start). */
export {
  columnList,
  COPY_HEADER,
  COPY_TRAILER,
  rowEncoder,
  type ElementOids,
  type RowEncoder,
} from './encoder.ts';
export { columnSampler } from './sampler.ts';
