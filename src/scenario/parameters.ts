import { didYouMean, type Path } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import type { ParameterFile } from './definition.ts';
import { DRAW_NAMES, parseKeyDraw } from './distribution.ts';
import { locationAt, type IssueAt } from './issues.ts';
import type { Parameter, ParameterValue } from './scenario.ts';

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
  'a column with a draw (orders.id zipfian 1.1), int 1..5, uuid, sequence, or { values: [a, b] }';

function parseValue(written: ParameterFile): ParameterValue | Mistake {
  if (typeof written === 'number') return fixed(written);
  if (typeof written === 'object') return parseValues(written.values);
  const [head = '', ...rest] = written.trim().split(/\s+/);
  if (head === 'uuid' || head === 'sequence') return { kind: head };
  if (head === 'int') return parseRange(rest.join(''));
  if (/^[\w"]+(\.[\w"]+){1,2}$/.test(head)) return parseKey(head, rest);
  return mistake(
    `expected ${EXPECTED}, found ${JSON.stringify(written)}`,
    'a fixed text is written { values: [text] }',
  );
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

function parseRange(text: string): ParameterValue | Mistake {
  const [, low, high] = /^(-?\d+)\.\.(-?\d+)$/.exec(text) ?? [];
  if (low === undefined || high === undefined || Number(low) > Number(high))
    return mistake(`expected a range such as int 1..5, found ${JSON.stringify(text)}`);
  return { kind: 'int', low: Number(low), high: Number(high) };
}

function parseKey(
  column: string,
  [name = 'uniform', shape, ...rest]: readonly string[],
): ParameterValue | Mistake {
  const draw = parseKeyDraw(name, shape);
  if (draw !== undefined && rest.length === 0) return { kind: 'key', column, ...draw };
  const hint = DRAW_NAMES.includes(name)
    ? `${name} takes one number above 0`
    : didYouMean(name, DRAW_NAMES).hint;
  return mistake(
    `expected ${column} and how to draw it, found ${JSON.stringify([name, shape, ...rest].filter(Boolean).join(' '))}`,
    hint,
  );
}
