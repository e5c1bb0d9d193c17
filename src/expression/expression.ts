/**
 * An expression of pgbench's language (manual, pgbench, "\set varname expression"), as plain data: it goes to worker threads and into
 * JSON unharmed.
 */
export type Expression =
  /** 64 bits; as decimal digits, with a sign only before the least of all. */
  | { readonly kind: 'integer'; readonly digits: string }
  /** Finite, not below 0. */
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'is';
      readonly operand: Expression;
      readonly what: boolean | null;
      readonly negated: boolean;
    }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly Expression[] }
  /** Without ELSE, `otherwise` is NULL. */
  | { readonly kind: 'case'; readonly arms: readonly CaseArm[]; readonly otherwise: Expression };

export interface CaseArm {
  readonly condition: Expression;
  readonly value: Expression;
}

export type UnaryOperator = '-' | '~' | 'NOT';

interface OperatorTrait {
  /** The higher binds the tighter (manual, pgbench, "Built-in Operators", from bottom to top). */
  readonly precedence: number;
  /** Of `a < b < c` nobody knows what is meant. */
  readonly chains: boolean;
}

export const PRECEDENCE = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  bits: 6,
  sum: 7,
  product: 8,
  sign: 9,
};

const operator = (precedence: number): OperatorTrait => ({
  precedence,
  chains: precedence !== PRECEDENCE.comparison,
});

export const BINARY_OPERATORS = {
  OR: operator(PRECEDENCE.or),
  AND: operator(PRECEDENCE.and),
  '=': operator(PRECEDENCE.comparison),
  '<>': operator(PRECEDENCE.comparison),
  '<': operator(PRECEDENCE.comparison),
  '<=': operator(PRECEDENCE.comparison),
  '>': operator(PRECEDENCE.comparison),
  '>=': operator(PRECEDENCE.comparison),
  '|': operator(PRECEDENCE.bits),
  '#': operator(PRECEDENCE.bits),
  '&': operator(PRECEDENCE.bits),
  '<<': operator(PRECEDENCE.bits),
  '>>': operator(PRECEDENCE.bits),
  '+': operator(PRECEDENCE.sum),
  '-': operator(PRECEDENCE.sum),
  '*': operator(PRECEDENCE.product),
  '/': operator(PRECEDENCE.product),
  '%': operator(PRECEDENCE.product),
};

export type BinaryOperator = keyof typeof BINARY_OPERATORS;

/** How many operands each function takes. */
export const FUNCTIONS = {
  abs: { least: 1, most: 1 },
  debug: { least: 1, most: 1 },
  double: { least: 1, most: 1 },
  exp: { least: 1, most: 1 },
  greatest: { least: 1, most: Infinity },
  hash: { least: 1, most: 2 },
  hash_fnv1a: { least: 1, most: 2 },
  hash_murmur2: { least: 1, most: 2 },
  int: { least: 1, most: 1 },
  least: { least: 1, most: Infinity },
  ln: { least: 1, most: 1 },
  mod: { least: 2, most: 2 },
  permute: { least: 2, most: 3 },
  pi: { least: 0, most: 0 },
  pow: { least: 2, most: 2 },
  power: { least: 2, most: 2 },
  random: { least: 2, most: 2 },
  random_exponential: { least: 3, most: 3 },
  random_gaussian: { least: 3, most: 3 },
  random_zipfian: { least: 3, most: 3 },
  sqrt: { least: 1, most: 1 },
};

export type FunctionName = keyof typeof FUNCTIONS;

/** The expressions directly inside of one. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'integer':
    case 'double':
    case 'boolean':
    case 'null':
    case 'variable':
      return [];
    case 'unary':
    case 'is':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'call':
      return expression.operands;
    case 'case':
      return [...expression.arms.flatMap(({ condition, value }) => [condition, value]), expression.otherwise];
  }
}

/** The variables in it, in their order, each once. */
export function variableNames(expression: Expression): readonly string[] {
  if (expression.kind === 'variable') return [expression.name];
  return [...new Set(partsOf(expression).flatMap(variableNames))];
}
