import { describePlan } from '../plan/index.ts';

import { loadPlan } from './files.ts';
import { overridesOf } from './overrides.ts';
import type { PlanArguments } from './plan-command.ts';

export function printPlan(options: PlanArguments): void {
  process.stdout.write(describePlan(loadPlan(options.scenario, overridesOf(options))));
}
