import { tablesTargeted } from '../postgres/index.ts';
import type { StatementResult } from '../result/index.ts';

import type { Scene } from './observed.ts';
import { plainName } from './plain-name.ts';
import type { MigrationStatement } from './statements.ts';

/**
 * Whether the statement is not about this table, although it locked it. Partitions go with the table that is named: only what the
 * result lists as a table of its own counts.
 */
export function isOtherTable(
  { result }: Scene,
  { statement }: MigrationStatement,
  relation: string,
): boolean {
  const targets = targetsOf(statement);
  const isTable = result.relations.some(({ name, before }) => name === relation && before !== undefined);
  return isTable && targets !== undefined && !targets.some((target) => isSame(target, relation));
}

/** undefined: not known. */
export function targetsOf({ text, commands = [] }: StatementResult): readonly string[] | undefined {
  const own = tablesTargeted(text);
  if (own !== undefined || commands.length === 0) return own;
  const targets = commands.map(({ tag, object, text: sent }) =>
    sent === undefined ? (/ TABLE$/.test(tag) ? [plainName(object)] : undefined) : tablesTargeted(sent),
  );
  return targets.some((names) => names === undefined) ? undefined : targets.flatMap((names) => names ?? []);
}

/** A name without a schema is found by the search path. */
const isSame = (target: string, relation: string): boolean =>
  target === relation || (!target.includes('.') && relation.endsWith(`.${target}`));
