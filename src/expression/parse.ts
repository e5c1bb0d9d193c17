import { closest, distance } from 'fastest-levenshtein';

import {
  BINARY_OPERATORS,
  FUNCTIONS,
  PRECEDENCE,
  variableNames,
  type BinaryOperator,
  type CaseArm,
  type Expression,
  type FunctionName,
  type UnaryOperator,
} from './expression.ts';
import { tokensOf, type Token } from './tokens.ts';

export type ParsedExpression =
  /** `names`: the variables, each once. */
  | { readonly ok: true; readonly value: Expression; readonly names: readonly string[] }
  /** `at`: offset in the text. */
  | { readonly ok: false; readonly message: string; readonly at: number };

export function parseExpression(text: string): ParsedExpression {
  const tokens = tokensOf(text);
  try {
    const value = new Parser(tokens, text.length).whole();
    return { ok: true, value, names: variableNames(value) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { ok: false, message: error.message, at: error.at };
  }
}

class Mistake extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** By precedence climbing (M. Richards, 1979), with the precedences of PostgreSQL's grammar. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #next = 0;

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#end = { kind: 'end', text: '', at: length };
  }

  whole(): Expression {
    const value = this.#expression(0);
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator');
    return value;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? this.#end;
  }

  /** As far as its operators bind at least as tightly as `least`. */
  #expression(least: number): Expression {
    let left = this.#operand();
    for (;;) {
      const is = least <= PRECEDENCE.is ? this.#is(left) : undefined;
      const operator = binaryOperator(this.#token);
      if (is !== undefined) left = is;
      else if (operator !== undefined && BINARY_OPERATORS[operator].precedence >= least)
        left = this.#binary(left, operator);
      else return left;
    }
  }

  #binary(left: Expression, operator: BinaryOperator): Expression {
    this.#next++;
    const { precedence, chains } = BINARY_OPERATORS[operator];
    const right = this.#expression(precedence + 1);
    const following = binaryOperator(this.#token);
    if (!chains && following !== undefined && BINARY_OPERATORS[following].precedence === precedence)
      throw new Mistake(`comparisons do not chain: put brackets around one of them`, this.#token.at);
    return { kind: 'binary', operator, left, right };
  }

  #is(operand: Expression): Expression | undefined {
    if (this.#take('isnull')) return { kind: 'is', operand, what: null, negated: false };
    if (this.#take('notnull')) return { kind: 'is', operand, what: null, negated: true };
    if (!this.#take('is')) return undefined;
    const negated = this.#take('not');
    const what = this.#token.kind === 'word' ? CONSTANTS.get(this.#token.text) : undefined;
    if (what === undefined) throw this.#unexpected('NULL, TRUE or FALSE');
    this.#next++;
    return { kind: 'is', operand, what, negated };
  }

  #operand(): Expression {
    const token = this.#token;
    const prefix = token.kind === 'variable' ? undefined : PREFIXES.get(token.text);
    if (prefix !== undefined) return this.#prefixed(prefix);
    switch (token.kind) {
      case 'number':
        this.#next++;
        return numberOf(token);
      case 'variable':
        this.#next++;
        return { kind: 'variable', name: token.text };
      case 'word':
        return this.#word(token);
      case 'symbol':
        return this.#bracketed();
      case 'end':
      case 'unknown':
        throw this.#unexpected('a value');
    }
  }

  #prefixed({ operator, precedence }: Prefix): Expression {
    this.#next++;
    const { kind, text } = this.#token;
    if (operator === '-' && kind === 'number' && text === LEAST_INTEGER.slice(1)) {
      this.#next++;
      return { kind: 'integer', digits: LEAST_INTEGER };
    }
    const operand = this.#expression(precedence);
    return operator === undefined ? operand : { kind: 'unary', operator, operand };
  }

  #word(token: Token): Expression {
    const constant = CONSTANTS.get(token.text);
    if (constant === undefined && this.#take('case')) return this.#case();
    this.#next++;
    if (constant === null) return { kind: 'null' };
    if (constant !== undefined) return { kind: 'boolean', value: constant };
    if (!this.#take('(')) throw unknownWord(token);
    const operands = this.#operands();
    if (!isFunction(token.text)) throw new Mistake(unknownFunction(token.text), token.at);
    const { least, most } = FUNCTIONS[token.text];
    if (operands.length < least || operands.length > most)
      throw new Mistake(wrongCount(token.text, operands.length), token.at);
    return { kind: 'call', name: token.text, operands };
  }

  #operands(): readonly Expression[] {
    if (this.#take(')')) return [];
    const operands = [this.#expression(0)];
    while (this.#take(',')) operands.push(this.#expression(0));
    this.#expect(')', ', or )');
    return operands;
  }

  #case(): Expression {
    const arms: CaseArm[] = [];
    do {
      this.#expect('when', 'WHEN');
      const condition = this.#expression(0);
      this.#expect('then', 'THEN');
      arms.push({ condition, value: this.#expression(0) });
    } while (this.#token.kind === 'word' && this.#token.text === 'when');
    const otherwise: Expression = this.#take('else') ? this.#expression(0) : { kind: 'null' };
    this.#expect('end', 'END');
    return { kind: 'case', arms, otherwise };
  }

  #bracketed(): Expression {
    this.#expect('(', 'a value');
    const inner = this.#expression(0);
    this.#expect(')', 'an operator or )');
    return inner;
  }

  #take(text: string): boolean {
    const { kind, text: found } = this.#token;
    const isIt = found === text && (kind === 'word' || kind === 'symbol');
    if (isIt) this.#next++;
    return isIt;
  }

  #expect(text: string, expected: string): void {
    if (!this.#take(text)) throw this.#unexpected(expected);
  }

  #unexpected(expected: string): Mistake {
    const { kind, text, at } = this.#token;
    const found = kind === 'end' ? 'nothing more' : JSON.stringify(kind === 'variable' ? `:${text}` : text);
    return new Mistake(`expected ${expected}, found ${found}`, at);
  }
}

interface Prefix {
  /** undefined: the sign of a positive number, which changes nothing. */
  readonly operator: UnaryOperator | undefined;
  /** What its operand binds by at least. */
  readonly precedence: number;
}

const PREFIXES: ReadonlyMap<string, Prefix> = new Map<string, Prefix>([
  ['+', { operator: undefined, precedence: PRECEDENCE.sign }],
  ['-', { operator: '-', precedence: PRECEDENCE.sign }],
  // As loosely as the binary operators on bits, of which the left one binds first: ~1 + 2 is ~(1 + 2), ~1 | 2 is (~1) | 2.
  ['~', { operator: '~', precedence: PRECEDENCE.sum }],
  ['not', { operator: 'NOT', precedence: PRECEDENCE.not }],
]);

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

const LEAST_INTEGER = '-9223372036854775808';
const GREATEST_INTEGER = 9_223_372_036_854_775_807n;

function numberOf({ text, at }: Token): Expression {
  if (!/^\d+$/.test(text)) {
    const value = Number(text);
    if (value === Infinity) throw new Mistake(`${text} is out of range for type double`, at);
    return { kind: 'double', value };
  }
  const value = BigInt(text);
  if (value > GREATEST_INTEGER) throw new Mistake(`${text} is out of range for type bigint`, at);
  return { kind: 'integer', digits: String(value) };
}

function binaryOperator({ kind, text }: Token): BinaryOperator | undefined {
  if (kind !== 'symbol' && kind !== 'word') return undefined;
  const name = text.toUpperCase();
  return isOperator(name) ? name : undefined;
}

const isOperator = (name: string): name is BinaryOperator => Object.hasOwn(BINARY_OPERATORS, name);
const isFunction = (name: string): name is FunctionName => Object.hasOwn(FUNCTIONS, name);

/** Most often a variable without its colon. */
const unknownWord = ({ text, at }: Token): Mistake =>
  new Mistake(`expected a value, found ${JSON.stringify(text)}: write variables as :${text}`, at);

function unknownFunction(name: string): string {
  const nearest = closest(name, Object.keys(FUNCTIONS));
  const advice = distance(name, nearest) <= 2 ? `, did you mean ${nearest}?` : '';
  return `there is no function ${name}${advice}`;
}

function wrongCount(name: FunctionName, found: number): string {
  const { least, most } = FUNCTIONS[name];
  const range = most === Infinity ? `at least ${least}` : least === most ? `${least}` : `${least} or ${most}`;
  return `${name} takes ${range} ${/\b1$/.test(range) ? 'value' : 'values'}, found ${found}`;
}
