import { Failure, messageOf } from '../errors.ts';
import { connect, sqlStateOf } from '../target/index.ts';

import type { Assignment } from './messages.ts';

/** Cost: parses and analyses, runs nothing. 14–18. */
const PREPARE = (text: string): string => `PREPARE rehearse_check AS ${text}`;
const DEALLOCATE = 'DEALLOCATE rehearse_check';

/** Has the server analyse every statement of the traffic before any arrival. Throws `Failure('traffic.refused')` naming all that it refuses. */
export async function checkStatements({ plan, connection }: Assignment): Promise<void> {
  await using session = await connect(connection, 'traffic');
  const refused: string[] = [];
  for (const { steps } of plan.transactions) {
    for (const step of steps) {
      if (step.kind !== 'query' || !step.preparable) continue;
      try {
        await session.query(PREPARE(step.text));
        await session.query(DEALLOCATE);
      } catch (error) {
        if (sqlStateOf(error) === undefined) throw error;
        const { file, line, path } = step.location;
        refused.push(
          `${file}${line === undefined ? '' : `:${line}`}: ${path}: the server refuses this statement: ${messageOf(error)} (${sqlStateOf(error) ?? ''})\n    ${step.text.replace(/\s+/g, ' ')}`,
        );
      }
    }
  }
  if (refused.length > 0) {
    throw new Failure('traffic.refused', {
      message: refused.join('\n'),
      hint: 'the traffic runs against the schema as it is before the migration',
    });
  }
}
