import type { Clock } from '../clock.ts';

import type { Entry } from './parse.ts';

/** What became of one run. */
export type Outcome =
  | {
      readonly kind: 'ran';
      /** Of the report, and its folder, which is the run's own. */
      readonly report: string;
      readonly folder: string;
      readonly verdict: string;
      readonly exitCode: number;
    }
  /** It could not even begin: a mistake in its file, no folder for reports. */
  | { readonly kind: 'not-run'; readonly why: string; readonly exitCode: number };

/** What the schedule does not do by itself. */
export interface Hands {
  /** One rehearsal from its files to its report. Never rejects. */
  readonly rehearse: (entry: Entry, signal: AbortSignal) => Promise<Outcome>;
  readonly clock: Clock;
  /** Ends it: a run that is going on ends as after Ctrl-C. */
  readonly signal: AbortSignal;
  /** A line for whoever watches. */
  readonly tell: (line: string) => void;
}
