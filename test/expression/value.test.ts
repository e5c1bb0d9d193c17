import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileExpression, EvaluationError, isTrue, textOf, type Value } from '#rooms/expression/index.js';
import { RandomDraws, randomKey } from '#rooms/statistics/index.js';

import { evaluator, parsed } from './evaluate.ts';

const values: fc.Arbitrary<Value> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double(),
  fc.integer().map(Number),
  fc.boolean(),
  fc.constant(null),
);

describe('values as text', () => {
  it('a variable has the value whose text it was given', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(evaluator(':x', { x: textOf(value) })()).toBe(value);
      }),
    );
  });

  it('an integer is plain digits; a double without a fraction keeps apart by a blank that PostgreSQL ignores', () => {
    expect([5n, 5, 2.5, -0, 1e21, true, false, null].map(textOf)).toEqual([
      '5',
      '5 ',
      '2.5',
      '-0 ',
      '1e+21',
      'true',
      'false',
      null,
    ]);
  });

  it.each(['', ' ', '1 2', '0x1F', '1_000', 'abc', '--1', '1e400', 'o', '9223372036854775808'])(
    'the text %j is no value',
    (text) => {
      expect(() => evaluator(':x', { x: text })()).toThrow(EvaluationError);
    },
  );

  it('a variable is read anew when its text changes', () => {
    const evaluate = compileExpression(parsed(':x + 1'), { indexOf: () => 0, seed: 1 });
    const draws = new RandomDraws(randomKey(1));
    const sums = ['1', '2', '2', null, '2.5', '1'].map((x) => evaluate({ variables: [x], draws }));
    expect(sums).toEqual([2n, 3n, 3n, null, 3.5, 2n]);
  });

  it('true are TRUE and every number but zero', () => {
    expect([true, 1n, -1n, 0.5, Number.NaN].map(isTrue)).not.toContain(false);
    expect([false, null, 0n, 0, -0].map(isTrue)).not.toContain(true);
  });
});

describe('an expression without a value says why', () => {
  it.each([
    ['1 / :zero', 'division by zero'],
    ['9223372036854775807 + :one', '9223372036854775808 is out of range for type bigint'],
    ['int(1e19)', '10000000000000000000 is out of range for type bigint'],
    ['TRUE + :one', 'expected an integer, found TRUE'],
    ['sqrt(FALSE)', 'expected a number, found FALSE'],
    ['NOT :one', 'expected TRUE or FALSE, found 1'],
    [':word * 2', ':word: expected a number, a truth value or NULL, found "abc"'],
    [':unknown', ':unknown has no value'],
    ['random(5, 4)', 'random takes a range, found 5 to 4'],
    ['random_gaussian(1, 10, 1.9)', 'the parameter of random_gaussian is at least 2, found 1.9'],
    ['random_exponential(1, 10, 0)', 'the parameter of random_exponential is above 0, found 0'],
    ['random_zipfian(1, 10, 1)', 'the parameter of random_zipfian is from 1.001 to 1000, found 1'],
    ['permute(1, 0, 1)', 'permute takes a size from 1 to 2^52, found 0'],
  ])('%s', (text, message) => {
    const evaluate = evaluator(text, { zero: '0', one: '1', word: 'abc' });
    expect(evaluate).toThrow(new EvaluationError(message));
  });

  it('only where it is evaluated', () => {
    expect(evaluator('CASE WHEN TRUE THEN 1 ELSE 1 / 0 END')()).toBe(1n);
    expect(evaluator('FALSE AND 1 / 0 = 1')()).toBe(false);
  });
});
