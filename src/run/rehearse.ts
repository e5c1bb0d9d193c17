import { Failure } from '../errors.ts';
import type { Plan } from '../plan/index.ts';
import type { Result } from '../result/index.ts';

import { playInContainer } from './container-server.ts';
import { Draft } from './draft.ts';
import { playOnExternal } from './external-server.ts';
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
  if (target.kind === 'external') await playOnExternal(plan, target, stageplay);
  else if (plan.dataset.kind === 'generated' && target.kind === 'container')
    await playInContainer(plan, plan.dataset.resolved, { reference: target.image, ...stageplay });
  else if (plan.dataset.kind === 'generated' && target.kind === 'own')
    await playOnOwnServer(plan, plan.dataset.resolved, { pgBin: target.pgBin, ...stageplay });
  else throw new Failure('bug', { message: 'existing data is on a server that is not ours' });
}
