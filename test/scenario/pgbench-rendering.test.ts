import fc from 'fast-check';
import { expect, it } from 'vitest';

import { formatExpression, parseExpression, type Expression } from '#rooms/expression/index.js';
import type { Issue } from '#rooms/errors.js';
import type { TrafficStep } from '#rooms/scenario/index.js';
import { readPgbenchScript } from '#rooms/scenario/pgbench.js';

/** A piece of a script beside the steps that it has to be read as, which have no location here. */
interface Rendered {
  readonly text: string;
  readonly steps: readonly unknown[];
}

const upper = (text: string): fc.Arbitrary<string> => fc.constantFrom(text, text.toUpperCase());

/** Between two tokens of SQL, and around statements. */
const blank = fc.constantFrom(
  ' ',
  '\n',
  '\t',
  '\r\n',
  " -- don't; \\set\n",
  '/* ; \\if "\' /* $$ */ ( */',
  '\n\n',
);

/** Between two words of a command. */
const inCommand = fc.constantFrom(' ', '\t', ' \\\n', '\\\r\n  ');

const lineEnd = fc.constantFrom('\n', ' \n', '\r\n');

/** Between what might end with a word and what might begin with one. */
function joined(words: readonly string[], between: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(between, { minLength: words.length, maxLength: words.length })
    .map((blanks) => words.map((word, index) => (index === 0 ? word : `${blanks[index]!}${word}`)).join(''));
}

const expression: fc.Arbitrary<Expression> = fc
  .constantFrom('random(1, 10 * :a)', 'CASE WHEN :b THEN 1.5 END', '-:a', ':a IS NOT NULL', 'NOT :a < 2')
  .map((text) => {
    const parsed = parseExpression(text);
    if (!parsed.ok) throw new Error(parsed.message);
    return parsed.value;
  });

const command = (name: string, words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(upper(name), words.length === 0 ? fc.constant('') : inCommand, joined(words, inCommand), lineEnd)
    .map(([head, first, rest, end]) => `\\${head}${first}${rest}${end}`);

const wordsOf = (one: Expression): readonly string[] => formatExpression(one).split(' ');

const set: fc.Arbitrary<Rendered> = fc
  .tuple(fc.constantFrom('a', 'b', 'x_1'), expression)
  .chain(([name, value]) =>
    command('set', [name, ...wordsOf(value)]).map((text) => ({
      text,
      steps: [{ kind: 'let', name, expression: value }],
    })),
  );

const sleep: fc.Arbitrary<Rendered> = fc
  .constantFrom(
    [['10', 'ms'], { kind: 'constant', duration: 10 }] as const,
    [['3'], { kind: 'constant', duration: 3_000 }] as const,
    [[':a', 'us'], { kind: 'variable', name: 'a', unit: 0.001 }] as const,
  )
  .chain(([words, think]) =>
    command('sleep', words).map((text) => ({ text, steps: [{ kind: 'think', think }] })),
  );

const control: fc.Arbitrary<Rendered> = fc
  .constantFrom('BEGIN', 'START TRANSACTION READ ONLY', 'COMMIT', 'END', 'ROLLBACK', 'ABORT')
  .chain((words) => joined(words.split(' '), blank))
  .map((text) => {
    const kinds = { B: 'begin', S: 'begin', C: 'commit', E: 'commit', R: 'rollback', A: 'rollback' };
    const kind = kinds[text.charAt(0) as keyof typeof kinds];
    return { text: `${text};`, steps: [kind === 'begin' ? { kind, text } : { kind }] };
  });

/** Tokens; the columns that they return. */
const STATEMENTS: readonly (readonly [sql: readonly string[], columns: readonly string[]])[] = [
  [['SELECT', '1', 'AS', 'x'], ['x']],
  [
    ['SELECT', ':a', 'AS', 'x', ',', 'b', 'FROM', 't', 'WHERE', 'b', '<', ':b', 'AND', 'c', '=', ':a'],
    ['x', 'b'],
  ],
  [
    ['SELECT', "';'", 'AS', 'x', ',', '$q$\\set;$q$', 'AS', 'y', ',', '";"', 'FROM', 't'],
    ['x', 'y', ';'],
  ],
  [['UPDATE', 't', 'SET', 'a', '=', ':b', '::int', 'RETURNING', 'a'], ['a']],
  [['INSERT', 'INTO', 't', 'VALUES', '(', ':a', ',', "E'\\';'", ')'], []],
];

const bound = (sql: string, names: readonly string[]): string =>
  names.reduce(
    (text, name, index) => text.replaceAll(new RegExp(`(?<![:\\w]):${name}\\b`, 'g'), `$${index + 1}`),
    sql,
  );

const statement: fc.Arbitrary<Rendered> = fc.constantFrom(...STATEMENTS).chain(([tokens, columns]) => {
  const names = [...new Set(tokens.filter((token) => /^:\w/.test(token)).map((token) => token.slice(1)))];
  const mayCapture = columns.length > 0 && !columns.includes(';');
  const prefixes = fc.constantFrom(undefined, ...(mayCapture ? ['', 'p_'] : []));
  return fc.tuple(joined(tokens, blank), prefixes).chain(([sql, prefix]): fc.Arbitrary<Rendered> => {
    const step = { kind: 'query', text: bound(sql, names), names };
    if (prefix === undefined)
      return fc.constant({ text: `${sql};`, steps: [{ ...step, capture: [], expect: undefined }] });
    const capture = columns.map((column) => ({ name: `${prefix}${column}`, column }));
    const expect = { rows: { least: 1, most: 1 }, columns: [] };
    return fc
      .tuple(fc.constantFrom(' ', '; ', ';\n'), command('gset', prefix === '' ? [] : [prefix]))
      .map(([end, gset]) => ({ text: `${sql}${end}${gset}`, steps: [{ ...step, capture, expect }] }));
  });
});

const { steps: scripts } = fc.letrec<{ steps: Rendered; one: Rendered; choice: Rendered }>((tie) => ({
  steps: fc.array(fc.tuple(tie('one'), blank), { maxLength: 5 }).map((all) => ({
    text: all.map(([{ text }, after]) => `${text}${after}`).join(''),
    steps: all.flatMap(([{ steps }]) => steps),
  })),
  one: fc.oneof({ maxDepth: 3 }, statement, set, sleep, control, tie('choice')),
  choice: fc
    .tuple(
      fc.array(fc.tuple(expression, tie('steps')), { minLength: 1, maxLength: 3 }),
      fc.option(tie('steps')),
    )
    .chain(([arms, otherwise]) =>
      fc
        .tuple(
          fc.tuple(
            ...arms.map(([condition], index) => command(index === 0 ? 'if' : 'elif', wordsOf(condition))),
          ),
          command('else', []),
          command('endif', []),
        )
        .map(([heads, last, end]) => ({
          text: [
            ...arms.map(([, { text }], index) => `${heads[index]!}${text}`),
            ...(otherwise === null ? [] : [`${last}${otherwise.text}`]),
            end,
          ].join(''),
          steps: [
            {
              kind: 'if',
              arms: arms.map(([condition, { steps }]) => ({ condition, steps })),
              otherwise: otherwise?.steps ?? [],
            },
          ],
        })),
    ),
}));

/** Without locations, and without what is tested elsewhere: pieces, order, preparable. */
function bare(step: TrafficStep): unknown {
  switch (step.kind) {
    case 'let':
      return { kind: step.kind, name: step.name, expression: step.expression };
    case 'if':
      return {
        kind: step.kind,
        arms: step.arms.map(({ condition, steps }) => ({ condition, steps: steps.map(bare) })),
        otherwise: step.otherwise.map(bare),
      };
    case 'query': {
      const { kind, text, names, capture, expect: expected } = step;
      return { kind, text, names, capture, expect: expected };
    }
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'think':
    case 'branch':
      return step;
  }
}

it('however a list of steps is written, it is read back as the same steps', () => {
  fc.assert(
    fc.property(scripts, fc.constantFrom('', '\n', '-- end'), ({ text, steps }, end) => {
      fc.pre(steps.length > 0);
      const issues: Issue[] = [];
      const script = readPgbenchScript({ file: 'script.sql', text: `${text}${end}` }, { given: [], issues });
      expect(issues).toEqual([]);
      expect(script.steps.map(bare)).toEqual(steps);
    }),
    { numRuns: 300 },
  );
});
