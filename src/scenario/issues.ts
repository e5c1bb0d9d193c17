import type { Path } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import type { Location } from './location.ts';

/** Makes an issue about the value at a path of the file in hand. */
export type IssueAt = (path: Path, message: string, hint?: string) => Issue;

export function locationAt(issueAt: IssueAt, path: Path): Location {
  const { file, line, path: written } = issueAt(path, '');
  return { file, path: written, ...(line === undefined ? {} : { line }) };
}
