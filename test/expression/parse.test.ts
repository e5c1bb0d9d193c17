import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatExpression, parseExpression } from '#rooms/expression/index.js';

import { expressions } from './expressions.ts';
import { parsed } from './evaluate.ts';

function mistake(text: string): string {
  const result = parseExpression(text);
  if (result.ok) throw new Error(`${text} is an expression`);
  return `${result.at}: ${result.message}`;
}

describe('expressions as text and as data', () => {
  it('what is printed is read back as the same expression', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(parsed(formatExpression(expression))).toEqual(expression);
      }),
    );
  });

  it('an expression survives the way to a worker thread, and into JSON', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(structuredClone(expression)).toEqual(expression);
        expect(JSON.parse(JSON.stringify(expression))).toEqual(expression);
      }),
    );
  });

  it('names are the variables in their order, each once', () => {
    const result = parseExpression('random(:low, :high) + :low * CASE WHEN :Low THEN :größe END');
    expect(result.ok && result.names).toEqual(['low', 'high', 'Low', 'größe']);
  });

  it('blanks, ends of lines and continued lines separate', () => {
    expect(parsed('1\t+\n :a\\\r\n *\\\n2')).toEqual(parsed('1+:a*2'));
  });

  it('no text makes the parser fail otherwise than by a mistake', () => {
    const words = fc.constantFrom(
      '1',
      '.5',
      '1e',
      ':a',
      ':',
      'case',
      'when',
      'end',
      'is',
      'not',
      'constructor',
      '(',
      ')',
      ',',
      '-',
      '~',
      '<',
      '@',
      '\\',
      ' ',
      'abs',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join(' ')),
        ),
        (text) => {
          const result = parseExpression(text);
          if (!result.ok) expect(result.at).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a mistake says what is wrong, and where', () => {
  it.each([
    ['', '0: expected a value, found nothing more'],
    ['1 +', '3: expected a value, found nothing more'],
    ['1 2', '2: expected an operator, found "2"'],
    ['1 :a', '2: expected an operator, found ":a"'],
    ['(1', '2: expected an operator or ), found nothing more'],
    ['abs(1', '5: expected , or ), found nothing more'],
    ['1 < 2 < 3', '6: comparisons do not chain: put brackets around one of them'],
    ['1 IS 2', '5: expected NULL, TRUE or FALSE, found "2"'],
    ['CASE 1', '5: expected WHEN, found "1"'],
    ['CASE WHEN 1 THEN 2', '18: expected END, found nothing more'],
    ['1 ^ 2', '2: expected an operator, found "^"'],
    ["'a'", '0: expected a value, found "\'"'],
    ['scale * 2', '0: expected a value, found "scale": write variables as :scale'],
    ['2 * randm(1, 2)', '4: there is no function randm, did you mean random?'],
    ['nothing_like_it(1)', '0: there is no function nothing_like_it'],
    ['abs(1, 2)', '0: abs takes 1 value, found 2'],
    ['hash(1, 2, 3)', '0: hash takes 1 or 2 values, found 3'],
    ['least()', '0: least takes at least 1 value, found 0'],
    ['random(1)', '0: random takes 2 values, found 1'],
    ['9223372036854775808', '0: 9223372036854775808 is out of range for type bigint'],
    ['1 - 9223372036854775808', '4: 9223372036854775808 is out of range for type bigint'],
    ['1e400', '0: 1e400 is out of range for type double'],
  ])('%s', (text, expected) => {
    expect(mistake(text)).toBe(expected);
  });
});
