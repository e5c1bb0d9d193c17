import type { Expression } from './expression.ts';

/** With brackets around every part: what it prints is read back as the same expression. */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'integer':
      return expression.digits;
    case 'double':
      return formatDouble(expression.value);
    case 'boolean':
      return String(expression.value).toUpperCase();
    case 'null':
      return 'NULL';
    case 'variable':
      return `:${expression.name}`;
    case 'unary':
      return `${expression.operator} ${operand(expression.operand)}`;
    case 'binary':
      return `${operand(expression.left)} ${expression.operator} ${operand(expression.right)}`;
    case 'is':
      return formatIs(expression);
    case 'call':
      return `${expression.name}(${expression.operands.map(formatExpression).join(', ')})`;
    case 'case':
      return formatCase(expression);
  }
}

function formatIs(expression: Expression & { readonly kind: 'is' }): string {
  const what = expression.what === null ? 'NULL' : String(expression.what).toUpperCase();
  return `${operand(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}${what}`;
}

function formatCase({ arms, otherwise }: Expression & { readonly kind: 'case' }): string {
  const whens = arms.map(
    ({ condition, value }) => `WHEN ${formatExpression(condition)} THEN ${formatExpression(value)}`,
  );
  return `CASE ${whens.join(' ')} ELSE ${formatExpression(otherwise)} END`;
}

/** Digits alone would be an integer. */
const formatDouble = (value: number): string =>
  Number.isInteger(value) && value < 1e21 ? `${value}.0` : `${value}`;

function operand(expression: Expression): string {
  const text = formatExpression(expression);
  return ['unary', 'binary', 'is'].includes(expression.kind) || text.startsWith('-') ? `(${text})` : text;
}
