import { Failure, messageOf } from '../errors.ts';
import type { CheckedStatement, QueryStep, TrafficPlan, TrafficStep } from '../plan/index.ts';
import { connect, sqlStateOf, type ConnectionSettings } from '../target/thread.ts';

import { entriesOf } from './entries.ts';

/** Cost: parses and analyses, runs nothing. 14–18. */
const PREPARE = (text: string): string => `PREPARE rehearse_check AS ${text}`;
const DEALLOCATE = 'DEALLOCATE rehearse_check';

/** Has the server analyse the statements before they are needed. Throws `Failure('traffic.refused')` naming all that it refuses. */
export async function checkStatements(
  connection: ConnectionSettings,
  statements: readonly CheckedStatement[],
): Promise<void> {
  if (statements.length === 0) return;
  await using session = await connect(connection, 'traffic', {
    isUntimed: true,
    settings: { lock_timeout: '5s' },
  });
  const refused: string[] = [];
  for (const { text, shown, location } of statements) {
    try {
      await session.query(PREPARE(text));
      await session.query(DEALLOCATE);
    } catch (error) {
      if (sqlStateOf(error) === undefined) throw error;
      const { file, line, path } = location;
      const place = `${file}${line === undefined ? '' : `:${line}`}:${path === '' ? '' : ` ${path}:`}`;
      refused.push(
        `${place} the server refuses this statement: ${messageOf(error)} (${sqlStateOf(error) ?? ''}), in ${(shown ?? text).replace(/\s+/g, ' ')}`,
      );
    }
  }
  if (refused.length > 0) {
    throw new Failure('traffic.refused', {
      message: refused.join('\n'),
      hint: 'the traffic runs against the schema as it is before the migration',
    });
  }
}

/** Each once: workloads may share a transaction. */
export function statementsOf(plan: TrafficPlan): readonly (QueryStep & CheckedStatement)[] {
  const all = entriesOf(plan).flatMap(({ transaction }) => queriesIn(transaction.steps));
  const placeOf = ({ text, location }: QueryStep): string =>
    `${location.file} ${location.path} ${location.line ?? 0} ${text}`;
  const each = [...new Map(all.map((query) => [placeOf(query), query])).values()];
  return each.map((query) => ({ ...query, shown: asWritten(query) }));
}

const asWritten = ({ pieces, order, names }: QueryStep): string =>
  pieces.map((piece, index) => piece + nameAfter(names[order[index] ?? -1])).join('');

const nameAfter = (name: string | undefined): string => (name === undefined ? '' : `:${name}`);

/** Those that can be prepared, on all ways that the steps may go. */
export function queriesIn(steps: readonly TrafficStep[]): readonly QueryStep[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'query':
        return step.preparable ? [step] : [];
      case 'if':
        return [...step.arms.map((arm) => arm.steps), step.otherwise].flatMap(queriesIn);
      case 'branch':
        return step.arms.flatMap((arm) => queriesIn(arm.steps));
      case 'begin':
      case 'commit':
      case 'rollback':
      case 'think':
      case 'let':
        return [];
    }
  });
}
