import { sweepUnfinished } from './cache-items.ts';
import { ownedIn } from './clean-up.ts';
import type { Home } from './home.ts';

/**
 * Removes what harnesses left behind whose keeper could not clean up: after a reboot, or when both were killed. Never
 * fails: what cannot be removed now (another user's, say) waits for a later sweep.
 */
export async function sweep(home: Home): Promise<void> {
  await ownedIn(home.instances, 'instance', { dryRun: false });
  await ownedIn(home.datasets, 'half-removed dataset', { dryRun: false });
  await ownedIn(home.builds, 'half-copied server', { dryRun: false });
  await sweepUnfinished(home).catch(() => undefined);
}
