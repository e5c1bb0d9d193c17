import { describePlan } from '../plan/index.ts';

import { loadPlan } from './files.ts';
import { toStdout } from './output.ts';
import { overridesOf } from './overrides.ts';
import type { PlanArguments } from './plan-command.ts';

export function printPlan(options: PlanArguments): void {
  toStdout(describePlan(loadPlan(options.scenario, overridesOf(options))));
}
