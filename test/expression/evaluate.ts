import { compileExpression, parseExpression, type Expression, type Value } from '#rooms/expression/index.js';
import { RandomDraws, randomKey } from '#rooms/statistics/index.js';

export function parsed(text: string): Expression {
  const result = parseExpression(text);
  if (!result.ok) throw new Error(`${result.message} at ${result.at}`);
  return result.value;
}

/** Evaluates one expression at as many slots as wanted. */
export function evaluator(
  text: string,
  variables: Readonly<Record<string, string | null>> = {},
): (slot?: number) => Value {
  const names = Object.keys(variables);
  const values = Object.values(variables);
  const draws = new RandomDraws(randomKey(42, text));
  const evaluate = compileExpression(parsed(text), {
    indexOf: (name) => (names.includes(name) ? names.indexOf(name) : names.length),
    seed: 5432,
  });
  return (slot = 0) => evaluate({ variables: values, draws: draws.at(slot) });
}
