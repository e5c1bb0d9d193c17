import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import {
  count,
  didYouMean,
  duration,
  number,
  offset,
  parseDocument,
  peek,
  rate,
  size,
  type ParseSettings,
} from '#rooms/document/index.js';
import { formatIssue } from '#rooms/errors.js';

const definition = z.strictObject({
  name: z.string().optional(),
  rate: rate().optional(),
  pause: duration().optional().describe('time between two batches'),
  start: offset().optional(),
  memory: size().optional(),
  rows: count({ min: 1 }).optional(),
  share: number({ above: 0, max: 1 }).optional(),
  kind: z.enum(['report', 'idle']).optional(),
  list: z
    .array(z.union([z.enum(['begin', 'commit']), z.strictObject({ query: z.string() })]))
    .min(1)
    .optional(),
  retries: z.union([count(), z.strictObject({ times: count(), backoff: duration().optional() })]).optional(),
  shape: z
    .discriminatedUnion('is', [
      z.strictObject({ is: z.literal('circle'), radius: z.number() }),
      z.strictObject({ is: z.literal('box'), width: z.number(), height: z.number().optional() }),
    ])
    .optional(),
  by_name: z.record(z.string(), z.strictObject({ weight: number({ min: 0 }) })).optional(),
});

const read = (text: string, settings: ParseSettings = {}) =>
  parseDocument({ file: 'a.yaml', text }, definition, settings);

function value(text: string, settings: ParseSettings = {}) {
  const outcome = read(text, settings);
  if (outcome.issues.length > 0) throw new Error(outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

function issues(text: string, settings: ParseSettings = {}): readonly string[] {
  return read(text, settings).issues.map(formatIssue);
}

describe('a file is read', () => {
  it('with units, underscores and lists', () => {
    expect(
      value(
        'rate: 30/m\npause: 1.5s\nstart: -2s\nmemory: 8kB\nrows: 10_000\nshare: 0.5\nlist: [begin, { query: x }]',
      ),
    ).toEqual({
      rate: 0.5,
      pause: 1_500,
      start: -2_000,
      memory: 8_192,
      rows: 10_000,
      share: 0.5,
      list: ['begin', { query: 'x' }],
    });
  });

  it('as JSON just the same', () => {
    expect(value('{"rate": "400/s", "rows": 3}')).toEqual({ rate: 400, rows: 3 });
  });

  it('and an empty one is a file without keys', () => {
    expect(value('')).toEqual({});
    expect(value('# nothing yet\n')).toEqual({});
  });
});

describe('a mistake is reported with place, expectation, finding and hint', () => {
  it.each([
    [
      'nmae: x',
      'a.yaml:1: nmae: unknown key "nmae"\n    hint: did you mean "name"? known here: name, rate, pause, start, memory, rows, share, kind, list, retries, shape, by_name',
    ],
    [
      '\nrate: 400',
      'a.yaml:2: rate: expected a rate such as 400/s or 30/m, found 400\n    hint: a rate: 400/s, 30/m',
    ],
    ['rate: fast', 'a.yaml:1: rate: expected a rate such as 400/s or 30/m, found "fast"'],
    [
      'pause: 5',
      'a.yaml:1: pause: expected a duration such as 250ms, 2s or 5m, found 5\n    hint: time between two batches',
    ],
    ['start: soon', 'a.yaml:1: start: expected a duration such as 250ms, 2s or 5m, found "soon"'],
    ['memory: 64M', 'a.yaml:1: memory: expected a size such as 64MB or 8kB, found "64M"'],
    ['rows: 0', 'a.yaml:1: rows: expected a number of at least 1, found 0'],
    ['rows: 1.5', 'a.yaml:1: rows: expected a whole number, found 1.5'],
    ['rows: many', 'a.yaml:1: rows: expected a number, found "many"'],
    ['rows: 1__0', 'a.yaml:1: rows: expected a number, found "1__0"'],
    ['rows: [1]', 'a.yaml:1: rows: expected a number, found [1]'],
    ['share: 0', 'a.yaml:1: share: expected a number above 0, found 0'],
    ['share: 2', 'a.yaml:1: share: expected a number of at most 1, found 2'],
    [
      'kind: reprot',
      'a.yaml:1: kind: expected one of report, idle, found "reprot"\n    hint: did you mean "report"? known here: report, idle',
    ],
    ['kind: 5', 'a.yaml:1: kind: expected one of report, idle, found 5'],
    ['name: [x]', 'a.yaml:1: name: expected string, found ["x"]'],
    ['list: []', 'a.yaml:1: list: expected a list of at least 1, found []'],
    [
      'list:\n  - comit',
      'a.yaml:2: list.0: expected one of begin, commit, found "comit"\n    hint: did you mean "commit"? known here: begin, commit',
    ],
    ['list:\n  - begin\n  - query: 5', 'a.yaml:3: list.1.query: expected string, found 5'],
    ['list: [5]', 'a.yaml:1: list.0: expected begin or commit or object, found 5'],
    ['retries: often', 'a.yaml:1: retries: expected a number, found "often"'],
    ['retries: true', 'a.yaml:1: retries: expected a number or object, found true'],
    [
      'retries: { times: 3, backof: 1s }',
      'a.yaml:1: retries.backof: unknown key "backof"\n    hint: did you mean "backoff"? known here: times, backoff',
    ],
    [
      'by_name:\n  a: { wieght: 1, weight: 1 }',
      'a.yaml:2: by_name.a.wieght: unknown key "wieght"\n    hint: did you mean "weight"? known here: weight',
    ],
    ['by_name:\n  a: {}', 'a.yaml:2: by_name.a.weight: required, but missing (expected a number)'],
    [
      'shape: { is: bx, width: 2 }',
      'a.yaml:1: shape.is: expected one of circle, box, found "bx"\n    hint: did you mean "box"? known here: circle, box',
    ],
    ['shape: { width: 2 }', 'a.yaml:1: shape.is: required, but missing (expected one of circle, box)'],
    [
      'shape: { is: box, width: 2, radius: 1 }',
      'a.yaml:1: shape.radius: unknown key "radius"\n    hint: known here: is, width, height',
    ],
    ['[1, 2]', 'a.yaml:1: expected object, found [1,2]'],
    ['hello', 'a.yaml:1: expected object, found "hello"'],
  ])('%j', (text, reported) => {
    expect(issues(text)).toEqual([reported]);
  });

  it('and all of them at once, each on its line', () => {
    expect(
      issues('rate: x\nrows: 0\nkind: none\nsped: 1\n')
        .map((one) => one.split(' ')[0])
        .toSorted(),
    ).toEqual(['a.yaml:1:', 'a.yaml:2:', 'a.yaml:3:', 'a.yaml:4:']);
  });

  it('also where the text is no YAML', () => {
    expect(issues('name: a\nrate: b: c')).toEqual([
      expect.stringMatching(/^a\.yaml:2: not YAML: .+\n {4}hint: .*quotes/),
    ]);
    expect(issues('name: a\nname: b')).toEqual([
      'a.yaml:2: not YAML: Map keys must be unique\n    hint: keep one of them',
    ]);
    expect(issues('name: "open')).toEqual([
      expect.stringMatching(/^a\.yaml:1: not YAML: Missing closing "quote/),
    ]);
  });

  it('a long value is cut short', () => {
    expect(issues(`name: [${'x'.repeat(200)}]`)[0]).toMatch(/found \["x{50,60}…$/);
  });
});

describe('beside a mistake', () => {
  it('what is sound is handed on for further checks, with stand-ins that fit the definition', () => {
    const outcome = read(
      'rows: 0\nname: kept\nnmae: x\nby_name: { a: {}, b: { weight: 2 } }\nlist: [comit, { query: 5 }, { query: x }]',
    );
    expect(outcome.issues).toHaveLength(5);
    expect(outcome.value).toMatchObject({ name: 'kept', by_name: { b: { weight: 2 } } });
    expect(outcome.value.list?.[2]).toEqual({ query: 'x' });
    const places = [['rows'], ['nmae'], ['by_name', 'a', 'weight'], ['list', 0], ['list', 1, 'query']];
    expect(places.map((path) => outcome.breaks.exactly(path))).toEqual(places.map(() => true));
    expect(outcome.breaks.touch(['by_name', 'b'])).toBe(false);
  });

  it('what is said about a broken value is a consequence; what is said about the others is not', () => {
    const { breaks, issueAt } = read('rows: 0\nretries: { times: x }\nname: a');
    const about = [['rows'], ['retries', 'times', 'deep'], ['retries'], ['name']];
    const issues = about.map((path) => issueAt(path, 'm'));
    expect(breaks.withoutConsequences(issues, 'a.yaml').map(({ path }) => path)).toEqual(['retries', 'name']);
  });

  it('a key that stands twice does not hide the rest of the file, but any other mistake of syntax may hide all', () => {
    expect(issues('name: a\nname: b\nrows: 0')).toHaveLength(2);
    expect(issues('name: a: b\nrows: 0')).toHaveLength(1);
  });
});

describe('--set', () => {
  const set = (written: string) => {
    const [path = '', text = ''] = written.split('=');
    return { path: path.split('.'), value: text, written: `--set ${written}` };
  };

  it('replaces what the file says, also deep inside', () => {
    const text = 'rate: 1/s\nretries: { times: 1 }\nlist: [begin]';
    const overrides = [set('rate=5/s'), set('retries.times=9'), set('list.0=commit'), set('rows=7')];
    expect(value(text, { overrides })).toEqual({ rate: 5, retries: { times: 9 }, list: ['commit'], rows: 7 });
  });

  it('makes the groups on its way', () => {
    expect(value('', { overrides: [set('by_name.a.weight=2')] })).toEqual({ by_name: { a: { weight: 2 } } });
  });

  it('is named as the place of its mistakes', () => {
    expect(issues('rate: 1/s', { overrides: [set('rate=fast'), set('sped=1')] })).toEqual([
      '--set rate=fast: rate: expected a rate such as 400/s or 30/m, found "fast"',
      expect.stringMatching(/^--set sped=1: sped: unknown key "sped"/),
    ]);
  });

  it('is refused where the file has one value instead of a group', () => {
    expect(issues('retries: 3', { overrides: [set('retries.times=4')] })).toEqual([
      expect.stringMatching(
        /^--set retries\.times=4: retries\.times: the file has no place for it: .+\n {4}hint: /,
      ),
    ]);
  });
});

describe('${NAME}', () => {
  it('is replaced by the environment, in values and in overrides', () => {
    const environment = { RATE: '7/s', WHO: 'x' };
    const overrides = [{ path: ['name'], value: 'by ${WHO}', written: '--set name=by ${WHO}' }];
    expect(value('rate: ${RATE}', { environment, overrides })).toEqual({ rate: 7, name: 'by x' });
  });

  it('is a mistake where the environment has no such variable', () => {
    expect(issues('rate: 1/s\nname: ${NOPE} and ${NEVER}')).toEqual([
      'a.yaml:2: the environment variable NOPE is not set\n    hint: set it before the command: NOPE=… rehearse …',
      'a.yaml:2: the environment variable NEVER is not set\n    hint: set it before the command: NEVER=… rehearse …',
    ]);
  });

  it.each(['$NAME', '$$', '$1', '$$body$$', '${1}'])('nothing else is: %s', (text) => {
    expect(value(`name: ${text}`, { environment: { NAME: 'no', body: 'no' } })).toEqual({ name: text });
  });

  it('a value from the environment is not looked through again', () => {
    expect(value('name: ${A}', { environment: { A: '${B}' } })).toEqual({ name: '${B}' });
  });
});

it('an issue about any path is placed on the nearest line', () => {
  const outcome = read(
    'name: a\nby_name:\n  a:\n    weight: 1\n  b: { weight: 2 }\nlist:\n  - begin\n  - commit\n',
  );
  const lineOf = (...path: (string | number)[]) => outcome.issueAt(path, 'm').line;
  expect([lineOf('by_name', 'a', 'weight'), lineOf('by_name', 'b', 'weight'), lineOf('list', 1)]).toEqual([
    4, 5, 8,
  ]);
  expect([lineOf('by_name', 'a', 'missing'), lineOf('list', 7), lineOf('nowhere'), lineOf()]).toEqual([
    3, 6, 1, 1,
  ]);
});

it('a look under one key needs no sound file', () => {
  const text = 'traffic: ./shop.yaml\nunknown: [1]';
  expect(peek({ file: 'a.yaml', text }, 'traffic')).toBe('./shop.yaml');
  expect(peek({ file: 'a.yaml', text: '[1]' }, 'traffic')).toBeUndefined();
  expect(peek({ file: 'a.yaml', text: 'traffic: a: b' }, 'traffic')).toBeUndefined();
});

it.each([
  ['raet', ['rate', 'mix'], 'did you mean "rate"? known here: rate, mix'],
  ['Rate', ['rate'], 'did you mean "rate"? known here: rate'],
  ['colour', ['rate', 'mix'], 'known here: rate, mix'],
  ['x', [], undefined],
  ['colour', Array.from({ length: 13 }, (_, index) => `key_number_${index}`), undefined],
])('for %s out of %j the hint is: %s', (found, known, hint) => {
  expect(didYouMean(found, known).hint).toBe(hint);
});
