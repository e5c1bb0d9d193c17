import type { Expression } from './expression.ts';

/** Which operand of a function is its seed, where it may be left out. */
export const SEEDED: Readonly<Partial<Record<string, number>>> = {
  hash: 1,
  hash_fnv1a: 1,
  hash_murmur2: 1,
  permute: 2,
};

/** The same with a variable as the seed wherever none is given, as pgbench does it with `:default_seed`. */
export function withDefaultSeed(expression: Expression, name: string): Expression {
  const inner = (one: Expression): Expression => withDefaultSeed(one, name);
  switch (expression.kind) {
    case 'integer':
    case 'double':
    case 'boolean':
    case 'null':
    case 'variable':
      return expression;
    case 'unary':
    case 'is':
      return { ...expression, operand: inner(expression.operand) };
    case 'binary':
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case 'call': {
      const seed: Expression = { kind: 'variable', name };
      const operands = expression.operands.map(inner);
      return {
        ...expression,
        operands: operands.length === SEEDED[expression.name] ? [...operands, seed] : operands,
      };
    }
    case 'case':
      return {
        ...expression,
        arms: expression.arms.map(({ condition, value }) => ({
          condition: inner(condition),
          value: inner(value),
        })),
        otherwise: inner(expression.otherwise),
      };
  }
}
