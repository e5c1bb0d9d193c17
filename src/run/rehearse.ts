import { Failure } from '../errors.ts';
import type { Plan } from '../plan/index.ts';
import type { Result } from '../result/index.ts';

import { playInContainer } from './container-server.ts';
import { Draft } from './draft.ts';
import { playOnExisting } from './existing-database.ts';
import type { RehearsalOptions, Stageplay } from './options.ts';
import { playOnOwnServer } from './own-server.ts';

/** One run, from nothing to nothing. Never rejects: whatever goes wrong is in the result, with all that was measured before. */
export async function rehearse(plan: Plan, options: RehearsalOptions): Promise<Result> {
  const draft = new Draft({ plan, version: options.version, clock: options.clock, began: options.began });
  try {
    await play(plan, draft, options);
    return draft.finish();
  } catch (error) {
    return draft.finish(error);
  }
}

async function play(plan: Plan, draft: Draft, options: RehearsalOptions): Promise<void> {
  const stageplay: Stageplay = { ...options, draft };
  const { target } = options;
  if (plan.dataset.kind === 'existing' && target.kind === 'existing')
    await playOnExisting(plan, target.foreign, stageplay);
  else if (plan.dataset.kind === 'generated' && target.kind === 'own')
    await playOnOwnServer(plan, plan.dataset.resolved, { pgBin: target.pgBin, ...stageplay });
  else if (plan.dataset.kind === 'generated' && target.kind === 'container')
    await playInContainer(plan, plan.dataset.resolved, { reference: target.image, ...stageplay });
  else throw new Failure('bug', { message: `a ${plan.dataset.kind} dataset can not run on this target` });
}
