import type { Breaks, SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import type { IssueAt } from './issues.ts';

/** What reading a traffic file needs, wherever it stands. */
export interface TrafficContext {
  /** A file beside the one in hand. */
  readonly read: (reference: string) => SourceFile | undefined;
  readonly issueAt: IssueAt;
  readonly issues: Issue[];
  readonly breaks: Breaks;
}
