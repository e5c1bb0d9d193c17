import { describe, expect, it } from 'vitest';

import { EvaluationError, parseExpression, type Value } from '#rooms/expression/index.js';

import { evaluator } from './evaluate.ts';
import { ANSWERS, VARIABLES } from './pgbench-answers.ts';

/** As `debug` of pgbench prints it, doubles with 15 digits. */
function debug(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return `boolean ${value}`;
  return typeof value === 'bigint' ? `int ${value}` : `double ${digits(value)}`;
}

const digits = (value: number): string =>
  Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(15)));

function answer(expression: string): string {
  if (!parseExpression(expression).ok) return 'mistake';
  try {
    return debug(evaluator(expression, VARIABLES)());
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError);
    return 'error';
  }
}

describe('an expression has the value that pgbench gives it', () => {
  it.each(ANSWERS)('%s: %s', (expression, expected) => {
    const [, double] = /^double (.*)$/.exec(expected) ?? [];
    expect(answer(expression)).toBe(double === undefined ? expected : `double ${digits(Number(double))}`);
  });
});
