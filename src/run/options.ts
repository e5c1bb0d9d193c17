import type { Clock } from '../clock.ts';
import type { Concern, ForeignDatabase, Pooler } from '../target/index.ts';
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

/** Where it runs. */
export type RunTarget =
  /** On a server that is started for it. `pgBin`: directory of another server's programs; undefined: the embedded server. */
  | { readonly kind: 'own'; readonly pgBin: string | undefined }
  /** An image of PostgreSQL, as Docker names it. */
  | { readonly kind: 'container'; readonly image: string }
  | ExternalTarget;

/** A server that is not ours, and the marked database that stands for its owner's consent. */
export interface ExternalTarget {
  readonly kind: 'external';
  readonly foreign: ForeignDatabase;
  /** The traffic's way to it; undefined: directly. */
  readonly pooler: Pooler | undefined;
  /** Whether the run's database stays for people to look at. */
  readonly keep: boolean;
  /** Who may be disturbed. */
  readonly tolerated: readonly Concern[];
  readonly inPlace: InPlace;
}

/** Whether the named database itself, with data that exist, may be rehearsed in: it is changed for good. */
export type InPlace =
  /** `why`: the end of a sentence. */
  | { readonly kind: 'never'; readonly why: string }
  /** Where this role may not copy it. */
  | { readonly kind: 'without-rights' }
  /** Somebody insists on it. */
  | { readonly kind: 'asked' };

/** What a run is played with. */
export interface Stageplay extends RehearsalOptions {
  readonly draft: Draft;
}
