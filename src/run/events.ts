import type { MigrationEvent } from '../migration/index.ts';
import type { Stage } from '../result/index.ts';
import type { SeedProgress } from '../seed/index.ts';
import type { TrafficProgress } from '../traffic/index.ts';

/** What a run tells while it goes on. */
export type RunEvent =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly note: string }
  | { readonly kind: 'seed'; readonly progress: SeedProgress }
  | { readonly kind: 'traffic'; readonly progress: TrafficProgress; readonly waitingSessions: number }
  | { readonly kind: 'migration'; readonly event: MigrationEvent };
