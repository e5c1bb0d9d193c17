import { RandomDraws, randomKey } from '../statistics/index.ts';

import { SEEDED } from './default-seed.ts';
import { partsOf, type Expression, type FunctionName } from './expression.ts';
import { FUNCTION, type Computation } from './functions.ts';
import { BINARY, UNARY } from './operators.ts';
import { drawOf, type RandomFunction } from './random.ts';
import { EvaluationError, isTrue, toBoolean, valueOf, type Value } from './value.ts';

/** What an expression is evaluated in. */
export interface Scope {
  /** Texts as they are bound to statements, null for NULL; undefined where there is no value at all. */
  readonly variables: readonly (string | null | undefined)[];
  readonly draws: RandomDraws;
}

export interface CompileContext {
  /** Its place among the variables of the scope. */
  readonly indexOf: (name: string) => number;
  /** Of the functions of hashing and permuting, where none is given. */
  readonly seed: number;
}

type Evaluate = (scope: Scope) => Value;

/** What is returned throws `EvaluationError` where the expression has no value. */
export function compileExpression(expression: Expression, context: CompileContext): Evaluate {
  const evaluate = compiled(expression, context);
  return isConstant(expression) ? folded(evaluate) : evaluate;
}

const NO_SCOPE: Scope = { variables: [], draws: new RandomDraws(randomKey(0)) };

/** What has no value may stand where it is never evaluated. */
function folded(evaluate: Evaluate): Evaluate {
  try {
    const value = evaluate(NO_SCOPE);
    return () => value;
  } catch (error) {
    if (error instanceof EvaluationError) return evaluate;
    throw error;
  }
}

function isConstant(expression: Expression): boolean {
  if (expression.kind === 'variable') return false;
  if (expression.kind === 'call' && isRandom(expression.name)) return false;
  return partsOf(expression).every(isConstant);
}

const isRandom = (name: FunctionName): name is RandomFunction => name.startsWith('random');

function compiled(expression: Expression, context: CompileContext): Evaluate {
  switch (expression.kind) {
    case 'integer': {
      const value = BigInt(expression.digits);
      return () => value;
    }
    case 'double':
    case 'boolean':
      return () => expression.value;
    case 'null':
      return () => null;
    case 'variable':
      return variable(expression.name, context.indexOf(expression.name));
    case 'unary':
      return unary(expression, context);
    case 'binary':
      return binary(expression, context);
    case 'is': {
      const { what, negated } = expression;
      const operand = compileExpression(expression.operand, context);
      return (scope) => (operand(scope) === what) !== negated;
    }
    case 'call':
      return call(expression, context);
    case 'case':
      return choice(expression, context);
  }
}

/** Remembers the last text: many variables have the same value all the time, or are used several times. */
function variable(name: string, index: number): Evaluate {
  let known: string | undefined;
  let value: Value = null;
  return ({ variables }) => {
    const text = variables[index];
    if (text === null) return null;
    if (text === undefined) throw new EvaluationError(`:${name} has no value`);
    if (text !== known) {
      value = read(name, text);
      known = text;
    }
    return value;
  };
}

function read(name: string, text: string): Value {
  try {
    return valueOf(text);
  } catch (error) {
    throw error instanceof EvaluationError ? new EvaluationError(`:${name}: ${error.message}`) : error;
  }
}

function unary(
  { operator, operand }: Expression & { readonly kind: 'unary' },
  context: CompileContext,
): Evaluate {
  const inner = compileExpression(operand, context);
  const compute = UNARY[operator];
  return (scope) => {
    const value = inner(scope);
    return value === null ? null : compute(value);
  };
}

function binary(expression: Expression & { readonly kind: 'binary' }, context: CompileContext): Evaluate {
  const { operator } = expression;
  const left = compileExpression(expression.left, context);
  const right = compileExpression(expression.right, context);
  if (operator === 'AND' || operator === 'OR') return lazy(left, right, operator === 'OR');
  const compute = BINARY[operator];
  return (scope) => {
    const first = left(scope);
    const second = right(scope);
    return first === null || second === null ? null : compute(first, second);
  };
}

/** The left side decides alone if it is `decisive`, or NULL: pgbench's logic is not SQL's, NULL OR TRUE is NULL. */
function lazy(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return (scope) => {
    const first = left(scope);
    if (first === null || toBoolean(first) === decisive) return first;
    const second = right(scope);
    return second === null ? null : toBoolean(second);
  };
}

function call({ name, operands }: Expression & { readonly kind: 'call' }, context: CompileContext): Evaluate {
  const given = operands.map((operand) => compileExpression(operand, context));
  if (isRandom(name)) {
    const draw = drawOf(name);
    return applied(given, (values, { draws }) => draw(draws, values));
  }
  const seed = BigInt(context.seed);
  const all = operands.length === SEEDED[name] ? [...given, () => seed] : given;
  const compute: Computation = FUNCTION[name]();
  return applied(all, (values) => compute(...values));
}

function applied(
  operands: readonly Evaluate[],
  compute: (values: readonly Value[], scope: Scope) => Value,
): Evaluate {
  return (scope) => {
    const values = operands.map((operand) => operand(scope));
    return values.includes(null) ? null : compute(values, scope);
  };
}

function choice(expression: Expression & { readonly kind: 'case' }, context: CompileContext): Evaluate {
  const arms = expression.arms.map(({ condition, value }) => ({
    condition: compileExpression(condition, context),
    value: compileExpression(value, context),
  }));
  const otherwise = compileExpression(expression.otherwise, context);
  return (scope) => {
    const arm = arms.find(({ condition }) => isTrue(condition(scope)));
    return arm === undefined ? otherwise(scope) : arm.value(scope);
  };
}
