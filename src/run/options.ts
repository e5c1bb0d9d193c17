import type { Clock } from '../clock.ts';
import type { ForeignDatabase } from '../target/index.ts';
import type { Instant } from '../units.ts';

import type { Draft } from './draft.ts';
import type { RunEvent } from './events.ts';

export interface RehearsalOptions {
  readonly target: RunTarget;
  /** Folder in which commands run. */
  readonly directory: string;
  readonly version: string;
  readonly clock: Clock;
  /** When the command began. */
  readonly began: Instant;
  /** The user's wish to end it. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** Where it runs: a dataset of ours on a server of ours, existing data where they are. */
export type RunTarget =
  /** `pgBin`: directory of another server's programs; undefined: the embedded server. */
  | { readonly kind: 'own'; readonly pgBin: string | undefined }
  /** An image of PostgreSQL, as Docker names it. */
  | { readonly kind: 'container'; readonly image: string }
  | { readonly kind: 'existing'; readonly foreign: ForeignDatabase };

/** What a run is played with. */
export interface Stageplay extends RehearsalOptions {
  readonly draft: Draft;
}
