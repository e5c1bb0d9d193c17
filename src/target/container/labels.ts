import { milliseconds } from '../../units.ts';
import { isAbandoned, ownedName, parseOwnedName, thisWitness } from '../owner.ts';

/* Everything of ours in an engine carries its owner, so that the next harness can tell what a killed one left behind. */

export const OWNER_LABEL = 'pg-rehearse.owner';
/** Facts of a dataset that is loaded; only on the volume that says so. */
export const FACTS_LABEL = 'pg-rehearse.facts';
export const NAME_PREFIX = 'pg-rehearse-';

export const ownerLabels = (): Record<string, string> => ({ [OWNER_LABEL]: ownedName() });

/** On another host nobody sees whether its owner lives, and labels can not be touched: a day is longer than any run. */
const FOREIGN_GRACE = milliseconds(86_400_000);

/** `age`: since it was made, in milliseconds. False for what is not ours. */
export function isLeftBehind(labels: Readonly<Record<string, string>> | undefined, age: number): boolean {
  const owner = parseOwnedName(labels?.[OWNER_LABEL] ?? '');
  if (owner === undefined) return false;
  return isAbandoned(owner, milliseconds(age), { ...thisWitness(), foreignGrace: FOREIGN_GRACE });
}
