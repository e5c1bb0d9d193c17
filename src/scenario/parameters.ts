import { didYouMean, type Path } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { parseNumber } from '../units.ts';

import type { ParameterFile } from './traffic-definition.ts';
import { DRAW_NAMES, parseKeyDraw, shapeHint, type KeyDraw } from './distribution.ts';
import { locationAt, type IssueAt } from './issues.ts';
import type { Parameter, ParameterValue } from './traffic-model.ts';

export function parseParameters(
  file: Readonly<Record<string, ParameterFile>>,
  path: Path,
  issueAt: IssueAt,
  issues: Issue[],
): Parameter[] {
  return Object.entries(file).flatMap(([name, written]) => {
    const at = [...path, name];
    const value = parseValue(written);
    if (value.kind !== 'mistake') return [{ name, value, location: locationAt(issueAt, at) }];
    issues.push(issueAt(at, value.message, value.hint));
    return [];
  });
}

interface Mistake {
  readonly kind: 'mistake';
  readonly message: string;
  readonly hint?: string | undefined;
}

const mistake = (message: string, hint?: string): Mistake => ({ kind: 'mistake', message, hint });

const EXPECTED =
  'a column with a draw (orders.id zipfian 1.1), int 1..5, decimal 0.00..9.99, faker person.firstName, uuid, sequence, or { values: [a, b] }';

function parseValue(written: ParameterFile): ParameterValue | Mistake {
  if (typeof written === 'number') return fixed(written);
  if (typeof written === 'object') return parseValues(written.values);
  const [head = '', ...rest] = written.trim().split(/\s+/);
  if (head === 'uuid') return alone({ kind: 'uuid' }, rest, 'a UUID here is one of version 4');
  if (head === 'sequence') return parseSequence(rest);
  if (head === 'int') return parseInteger(rest.join(' '));
  if (head === 'decimal') return parseDecimal(rest.join(''));
  if (head === 'faker') return parseFaker(rest);
  const [, column, draw = ''] = COLUMN.exec(written.trim()) ?? [];
  if (column !== undefined) return parseKey(bareColumn(column), draw.split(/\s+/).filter(Boolean));
  return mistake(
    `expected ${EXPECTED}, found ${JSON.stringify(written)}`,
    'a fixed text is written { values: [text] }',
  );
}

/** `orders.id`, `"Audit Log"."Id"`, `sales.orders.id`, and how it is drawn. */
const COLUMN = /^((?:"(?:[^"]|"")+"|[^\s".]+)(?:\.(?:"(?:[^"]|"")+"|[^\s".]+)){1,2})(?:\s+(.+))?$/;

/** As datasets name their columns: without quotes, and without the schema where it is `public`. */
function bareColumn(written: string): string {
  const parts = [...written.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
  return (parts.length === 3 && parts[0] === 'public' ? parts.slice(1) : parts).join('.');
}

function alone(value: ParameterValue, rest: readonly string[], hint: string): ParameterValue | Mistake {
  if (rest.length === 0) return value;
  return mistake(`${value.kind} takes nothing more, found ${JSON.stringify(rest.join(' '))}`, hint);
}

function parseSequence(words: readonly string[]): ParameterValue | Mistake {
  const [from, start = '', ...rest] = words;
  if (from === undefined) return { kind: 'sequence', first: 0 };
  const first = parseNumber(start);
  if (from === 'from' && first !== undefined && Number.isSafeInteger(first) && rest.length === 0)
    return { kind: 'sequence', first };
  const found = JSON.stringify(words.join(' '));
  return mistake(`expected sequence or sequence from 1_000_000, found ${found} after sequence`);
}

const fixed = (value: string | number): ParameterValue => ({
  kind: 'values',
  values: [String(value)],
  weights: [1],
});

function parseValues(values: Extract<ParameterFile, object>['values']): ParameterValue | Mistake {
  const pairs = Array.isArray(values)
    ? values.map((value): [string, number] => [String(value), 1])
    : Object.entries(values);
  if (!pairs.some(([, weight]) => weight > 0)) return mistake('at least one value needs a weight above 0');
  return {
    kind: 'values',
    values: pairs.map(([value]) => value),
    weights: pairs.map(([, weight]) => weight),
  };
}

function parseInteger(text: string): ParameterValue | Mistake {
  const [, first = '', last = '', draw = ''] =
    /^(-?[\d_]+)\s*\.\.\s*(-?[\d_]+)(?:\s+(.+))?$/.exec(text) ?? [];
  const [low, high] = [parseNumber(first), parseNumber(last)];
  if (low === undefined || high === undefined || low > high)
    return mistake(`expected a range such as int 1..5, found ${JSON.stringify(text)}`);
  const drawn = parseDraw(`int ${first}..${last}`, draw === '' ? [] : draw.split(/\s+/));
  if (drawn.kind === 'mistake') return drawn;
  if (drawn.latest)
    return mistake('latest is for keys of a table', 'a range has zipfian, gaussian or exponential');
  const { distribution } = drawn;
  return { kind: 'int', low, high, distribution, spread: distribution.kind === 'zipfian' };
}

function parseDecimal(text: string): ParameterValue | Mistake {
  const [, first = '', last = ''] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (first === '' || Number(first) > Number(last))
    return mistake(`expected a range such as decimal 0.00..9.99, found ${JSON.stringify(text)}`);
  const digits = Math.max(...[first, last].map((one) => one.split('.')[1]?.length ?? 0));
  return { kind: 'decimal', low: Number(first), high: Number(last), digits };
}

function parseFaker([method, ...rest]: readonly string[]): ParameterValue | Mistake {
  if (method !== undefined && rest.length === 0 && /^\w+\.\w+$/.test(method))
    return { kind: 'faker', method };
  const found = JSON.stringify([method, ...rest].filter(Boolean).join(' '));
  return mistake(`expected a method of faker such as faker person.firstName, found ${found}`);
}

function parseKey(column: string, words: readonly string[]): ParameterValue | Mistake {
  const draw = parseDraw(column, words);
  return draw.kind === 'mistake' ? draw : { ...draw, kind: 'key', column };
}

function parseDraw(
  what: string,
  [name = 'uniform', shape, ...rest]: readonly string[],
): (KeyDraw & { readonly kind: 'draw' }) | Mistake {
  const draw = parseKeyDraw(name, shape);
  if (draw !== undefined && rest.length === 0) return { ...draw, kind: 'draw' };
  const hint = shapeHint(name) ?? didYouMean(name, DRAW_NAMES).hint;
  return mistake(
    `expected ${what} and how to draw it, found ${JSON.stringify([name, shape, ...rest].filter(Boolean).join(' '))}`,
    hint,
  );
}
