import type { Path } from '../document/index.ts';
import { parseExpression, type Expression } from '../expression/index.ts';
import { milliseconds, parseDuration } from '../units.ts';

import { locationAt } from './issues.ts';
import type { Expectation, Think, TrafficStep } from './traffic-model.ts';
import { parseQuery } from './statement.ts';
import type { TrafficContext } from './traffic-context.ts';
import type { ExpectationFile, TrafficStepFile } from './traffic-definition.ts';

/** A step and where it stands. */
export interface PlacedStep {
  readonly step: TrafficStep;
  readonly at: Path;
  /** What stands inside it, arm by arm. */
  readonly arms: readonly (readonly PlacedStep[])[];
  /** Names that its own expressions use. */
  readonly uses: readonly string[];
}

export function parseSteps(
  files: readonly TrafficStepFile[],
  path: Path,
  context: TrafficContext,
): readonly PlacedStep[] {
  return files.flatMap((file, index) => parseStep(file, [...path, index], context));
}

function parseStep(file: TrafficStepFile, at: Path, context: TrafficContext): readonly PlacedStep[] {
  if (typeof file === 'string') {
    const step: TrafficStep = file === 'begin' ? { kind: 'begin', text: 'BEGIN' } : { kind: file };
    return [leaf(step, at)];
  }
  if ('begin' in file) {
    const access = file.read_only === true ? ' READ ONLY' : '';
    return [leaf({ kind: 'begin', text: `BEGIN ISOLATION LEVEL ${file.begin.toUpperCase()}${access}` }, at)];
  }
  if ('query' in file) return [leaf(parseQueryStep(file, at, context), at)];
  if ('think' in file) return [leaf({ kind: 'think', think: parseThink(file.think, at, context) }, at)];
  if ('let' in file) return parseLet(file.let, at, context);
  return [parseArms(file, at, context)];
}

const leaf = (step: TrafficStep, at: Path, uses: readonly string[] = []): PlacedStep => ({
  step,
  at,
  arms: [],
  uses,
});

type QueryFile = Extract<TrafficStepFile, { readonly query: string }>;

export function parseQueryStep(
  file: QueryFile,
  path: Path,
  { issueAt, issues }: TrafficContext,
): TrafficStep {
  const { mistakes, ...query } = parseQuery(file.query);
  const at = queryAt(path);
  for (const { message, hint } of mistakes) issues.push(issueAt(at, message, hint));
  const capture = Object.entries(file.capture ?? {}).map(([name, column]) => ({ name, column }));
  const expect = file.expect === undefined ? undefined : parseExpectation(file.expect);
  if (expect?.kind === 'mistake') issues.push(issueAt([...path, 'expect', 'rows'], expect.message));
  return {
    ...query,
    kind: 'query',
    capture,
    expect: expect?.kind === 'expectation' ? expect.value : undefined,
    location: locationAt(issueAt, path),
  };
}

/** Of a step among others, or of a transaction of one query. */
export const queryAt = (at: Path): Path => (at.at(-1) === 'query' ? at : [...at, 'query']);

type ReadExpectation =
  | { readonly kind: 'expectation'; readonly value: Expectation }
  | { readonly kind: 'mistake'; readonly message: string };

function parseExpectation({ rows, columns = {} }: ExpectationFile): ReadExpectation {
  const range = rows === undefined ? undefined : parseRows(String(rows));
  if (rows !== undefined && range === undefined) {
    const message = `expected a number of rows such as 1, 1..10 or ">= 1", found ${JSON.stringify(rows)}`;
    return { kind: 'mistake', message };
  }
  return {
    kind: 'expectation',
    value: {
      rows: range,
      columns: Object.entries(columns).map(([column, value]) => ({
        column,
        value: value === null ? null : textOf(value),
        isNumber: typeof value === 'number',
      })),
    },
  };
}

/** As PostgreSQL prints it. */
const textOf = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 't' : 'f') : String(value);

const COMPARED: Readonly<
  Record<string, (count: number) => { readonly least: number; readonly most: number }>
> = {
  '>=': (count) => ({ least: count, most: Infinity }),
  '>': (count) => ({ least: count + 1, most: Infinity }),
  '<=': (count) => ({ least: 0, most: count }),
  '<': (count) => ({ least: 0, most: count - 1 }),
  '': (count) => ({ least: count, most: count }),
};

function parseRows(text: string): { readonly least: number; readonly most: number } | undefined {
  const [, least, most] = /^(\d+)\s*\.\.\s*(\d+)$/.exec(text.trim()) ?? [];
  if (least !== undefined && most !== undefined)
    return Number(least) <= Number(most) ? { least: Number(least), most: Number(most) } : undefined;
  const [, sign, count] = /^(>=|>|<=|<|)\s*(\d+)$/.exec(text.trim()) ?? [];
  return sign === undefined || count === undefined ? undefined : COMPARED[sign]?.(Number(count));
}

function parseThink(text: string, at: Path, { issueAt, issues }: TrafficContext): Think {
  const [, exponential, least = '', most] =
    /^(exponential\s+)?(.+?)(?:\s*\.\.\s*(.+))?$/.exec(text.trim()) ?? [];
  try {
    if (exponential !== undefined && most === undefined)
      return { kind: 'exponential', mean: parseDuration(least) };
    if (most === undefined) return { kind: 'constant', duration: parseDuration(least) };
    const range = { least: parseDuration(least), most: parseDuration(most) };
    if (exponential === undefined && range.least <= range.most) return { kind: 'uniform', ...range };
  } catch {
    // Told below, with every form that there is.
  }
  const message = `expected a time such as 20ms, 10ms..30ms or exponential 20ms, found ${JSON.stringify(text)}`;
  issues.push(issueAt([...at, 'think'], message));
  return { kind: 'constant', duration: milliseconds(0) };
}

function parseLet(
  file: Readonly<Record<string, string | number>>,
  at: Path,
  context: TrafficContext,
): readonly PlacedStep[] {
  return Object.entries(file).flatMap(([name, written]) => {
    const path = [...at, 'let', name];
    const read = readExpression(String(written), path, context);
    if (read === undefined) return [];
    const location = locationAt(context.issueAt, path);
    return [leaf({ kind: 'let', name, expression: read.value, location }, path, read.names)];
  });
}

function readExpression(
  text: string,
  path: Path,
  { issueAt, issues }: TrafficContext,
): { readonly value: Expression; readonly names: readonly string[] } | undefined {
  const parsed = parseExpression(text);
  if (parsed.ok) return parsed;
  const message = `not an expression: ${parsed.message} at ${JSON.stringify(text.slice(parsed.at, parsed.at + 20))}`;
  issues.push(
    issueAt(path, message, 'the language is that of \\set in pgbench: :name, random(1, 5), + - * / %, CASE'),
  );
  return undefined;
}

type ArmsFile = Extract<TrafficStepFile, { readonly if: string } | { readonly branch: unknown }>;

function parseArms(file: ArmsFile, at: Path, context: TrafficContext): PlacedStep {
  if ('branch' in file) {
    const arms = file.branch.map(({ steps }, index) =>
      parseSteps(steps, [...at, 'branch', index, 'steps'], context),
    );
    const step: TrafficStep = {
      kind: 'branch',
      arms: file.branch.map(({ weight }, index) => ({ weight, steps: stepsOf(arms[index] ?? []) })),
    };
    return { step, at, arms, uses: [] };
  }
  const condition = readExpression(file.if, [...at, 'if'], context);
  const then = parseSteps(file.then, [...at, 'then'], context);
  const otherwise = parseSteps(file.else ?? [], [...at, 'else'], context);
  const step: TrafficStep = {
    kind: 'if',
    arms: condition === undefined ? [] : [{ condition: condition.value, steps: stepsOf(then) }],
    otherwise: stepsOf(otherwise),
    location: locationAt(context.issueAt, at),
  };
  return { step, at, arms: [then, otherwise], uses: condition?.names ?? [] };
}

export const stepsOf = (placed: readonly PlacedStep[]): readonly TrafficStep[] =>
  placed.map(({ step }) => step);
