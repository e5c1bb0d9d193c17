export type {
  AskedStatistics,
  ColumnExpectation,
  Dataset,
  Expectation,
  PartitionRoute,
  PartitionRoutes,
  ResolvedColumn,
  ResolvedDataset,
  ResolvedStorage,
  ResolvedTable,
  SchemaStatement,
  TableExpectation,
} from './model.ts';
export { parseDataset, type ParsedDataset } from './parse.ts';
export { resolveDataset, type ResolveOptions } from './resolve.ts';
export { columnSampler } from './sampler.ts';
export { unavoidableNulls, type UnavoidableNulls } from './unavoidable-nulls.ts';
export { columnNames, findColumn } from './find.ts';
export { columnList, rowEncoder, type ElementOids, type EncodedRows, type RowEncoder } from './encoder.ts';
export { datasetJsonSchema } from './definition.ts';
export { fakerMethod, fakerMethods, fakerTexts } from './faker-pool.ts';
