import type { ParseSettings, ReadFile, SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import type { Dataset } from './model.ts';

export type ParsedDataset =
  | { readonly ok: true; readonly value: Dataset }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A dataset file and the schema that it names; or every mistake in both, each with its line. */
export function parseDataset(_source: SourceFile, _read: ReadFile, _settings: ParseSettings = {}): ParsedDataset {
  throw new Error('being written');
}
