import {
  parameterSamplers,
  type PlannedTransaction,
  type TrafficPlan,
  type TrafficStep,
} from '../plan/index.ts';
import { systemClock } from '../clock.ts';
import { errorClassOf, sqlStateOf, type Session } from '../target/index.ts';
import { messageOf } from '../errors.ts';

import type { ArrivalOutcome } from './arrival.ts';

/** What a transaction program needs of a connection. */
export interface ProgramSession {
  readonly session: Session;
  /** Goes into the names of prepared statements; a new one makes the server plan them anew. */
  generation: number;
}

/** Runs one arrival of one transaction; never rejects. */
export type TransactionProgram = (connection: ProgramSession, slot: number) => Promise<ArrivalOutcome>;

type Operation = (connection: ProgramSession, variables: (string | null)[]) => Promise<void>;

/** Decided once, so that an arrival only draws its values and sends its statements. */
export function compileTransaction(transaction: PlannedTransaction, plan: TrafficPlan): TransactionProgram {
  const samplers = parameterSamplers(transaction, plan.seed);
  const variables = transaction.parameters.map(({ name }) => name);
  const operations = transaction.steps.map((step, index) =>
    compileStep(step, `${transaction.name}/${index}`, variables, plan),
  );
  const texts = transaction.steps.map(statementText);
  return async (connection, slot) => {
    const values = samplers.map((sample) => sample(slot));
    let step = 0;
    try {
      for (const operation of operations) {
        await operation(connection, values);
        step++;
      }
      return COMPLETED;
    } catch (error) {
      const failed = failure(error, texts[step] ?? '');
      await recover(connection, failed);
      return failed;
    }
  };
}

const COMPLETED: ArrivalOutcome = { kind: 'completed' };

type Failed = ArrivalOutcome & { readonly kind: 'failed' };

function failure(error: unknown, statement: string): Failed {
  return {
    kind: 'failed',
    class: errorClassOf(error),
    sqlState: sqlStateOf(error),
    message: messageOf(error),
    statement,
  };
}

/** As a sound application does: end the transaction, and let go of plans that the server refuses. */
async function recover(connection: ProgramSession, failed: Failed): Promise<void> {
  if (failed.class === 'plan_invalidated') connection.generation++;
  if (connection.session.isLost) return;
  await connection.session.query('ROLLBACK').catch(() => undefined);
}

/** Extends `variables` by what the step captures. */
function compileStep(step: TrafficStep, name: string, variables: string[], plan: TrafficPlan): Operation {
  switch (step.kind) {
    case 'begin':
    case 'commit':
    case 'rollback': {
      const command = step.kind.toUpperCase();
      return async ({ session }) => {
        await session.query(command);
      };
    }
    case 'think':
      return () => systemClock.sleep(step.duration);
    case 'query':
      return compileQuery(step, name, variables, plan);
  }
}

function compileQuery(
  step: TrafficStep & { kind: 'query' },
  name: string,
  variables: string[],
  plan: TrafficPlan,
): Operation {
  const sources = step.names.map((variable) => variables.indexOf(variable));
  const captures = step.capture.map(({ name: variable, column }) => {
    if (!variables.includes(variable)) variables.push(variable);
    return { target: variables.indexOf(variable), column };
  });
  return async (connection, values) => {
    const bound = sources.map((source) => values[source]);
    const { rows } =
      plan.prepare === 'named'
        ? await connection.session.execute(`${name}/${connection.generation}`, step.text, bound)
        : await connection.session.query(step.text, bound);
    for (const { target, column } of captures) values[target] = captured(rows[0]?.[column]);
  };
}

/** Traffic sessions hand out text as the server sends it. A missing row captures NULL. */
const captured = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function statementText(step: TrafficStep): string {
  return step.kind === 'query' ? step.text : step.kind.toUpperCase();
}
