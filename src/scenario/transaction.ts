import { didYouMean, type Path } from '../document/index.ts';

import { parseParameters } from './parameters.ts';
import { readPgbenchScript } from './pgbench.ts';
import type { Parameter, Transaction, TrafficStep } from './traffic-model.ts';
import { parseQueryStep, parseSteps, queryAt, stepsOf, type PlacedStep } from './steps.ts';
import type { TrafficContext } from './traffic-context.ts';
import type { TransactionFile } from './traffic-definition.ts';

export function parseTransaction(name: string, file: TransactionFile, context: TrafficContext): Transaction {
  const { issueAt, issues, breaks } = context;
  const path = ['transactions', name];
  const forms = (['query', 'steps', 'file'] as const).filter((form) => file[form] !== undefined);
  if (forms.length !== 1 && breaks.keys(path).length === 0) {
    const found = forms.length === 0 ? 'none of them' : forms.join(' and ');
    const message = `a transaction is one of query, steps or file; found ${found}`;
    issues.push(issueAt(path, message, 'one statement: query; several: steps; a pgbench script: file'));
  }
  const parameters = parseParameters(file.params ?? {}, [...path, 'params'], issueAt, issues);
  if (file.file !== undefined) return scriptTransaction(name, file.file, { parameters, path, context });
  const steps = writtenSteps(file, path, context);
  checkNames(file, steps, path, context);
  checkUse(file, steps, path, context);
  if (!breaks.touch([...path, 'steps']))
    checkBlocks(stepsOf(steps), (message) => issues.push(issueAt([...path, 'steps'], message)));
  return { name, parameters, steps: stepsOf(steps) };
}

function writtenSteps(
  { query, steps }: TransactionFile,
  path: Path,
  context: TrafficContext,
): readonly PlacedStep[] {
  if (steps !== undefined) return parseSteps(steps, [...path, 'steps'], context);
  if (query === undefined) return [];
  const at = [...path, 'query'];
  return [{ step: parseQueryStep({ query }, at, context), at, arms: [], uses: [] }];
}

interface Script {
  readonly parameters: readonly Parameter[];
  readonly path: Path;
  readonly context: TrafficContext;
}

/** Variables that pgbench gives every script (manual, pgbench, Automatic Variables). */
const AUTOMATIC: Readonly<Record<string, Parameter['value']>> = {
  scale: { kind: 'values', values: ['1'], weights: [1] },
  client_id: { kind: 'client' },
  random_seed: { kind: 'seed' },
  default_seed: { kind: 'seed' },
};

function scriptTransaction(
  name: string,
  reference: string,
  { parameters, path, context }: Script,
): Transaction {
  const { read, issueAt, issues } = context;
  const source = read(reference);
  if (source === undefined) {
    const hint = 'paths are relative to the file that names them';
    issues.push(issueAt([...path, 'file'], `there is no file ${JSON.stringify(reference)}`, hint));
    return { name, parameters, steps: [] };
  }
  const found: TrafficContext['issues'] = [];
  const given = parameters.map((parameter) => parameter.name);
  const { steps, needs, isWhole, lastControl } = readPgbenchScript(source, { given, issues: found });
  const missing = needs.filter((need) => !given.includes(need.name));
  const unknown = isWhole ? missing.filter((need) => AUTOMATIC[need.name] === undefined) : [];
  for (const { name: variable, location } of unknown) {
    const known = [...given, ...Object.keys(AUTOMATIC)];
    const hint = didYouMean(variable, known).hint ?? 'set it with \\set, or give it under params';
    found.push({ ...location, message: `:${variable} is not set before`, hint });
  }
  if (found.length === 0) checkBlocks(steps, (message) => found.push({ ...lastControl, message }));
  const unused = found.length > 0 ? [] : given.filter((one) => !needs.some((need) => need.name === one));
  for (const one of unused) {
    const hint = `write :${one} in the script, or remove it`;
    issues.push(issueAt([...path, 'params', one], 'no statement uses it', hint));
  }
  issues.push(...found);
  const automatic = missing.flatMap(({ name: variable, location }): Parameter[] => {
    const value = Object.hasOwn(AUTOMATIC, variable) ? AUTOMATIC[variable] : undefined;
    return value === undefined ? [] : [{ name: variable, value, location }];
  });
  return { name, parameters: [...parameters, ...eachOnce(automatic)], steps };
}

const eachOnce = (parameters: readonly Parameter[]): readonly Parameter[] =>
  parameters.filter(({ name }, index) => parameters.findIndex((other) => other.name === name) === index);

/** Every `:name` is given before, as far as everything that gives names could be read. */
function checkNames(
  file: TransactionFile,
  steps: readonly PlacedStep[],
  path: Path,
  { issueAt, issues, breaks }: TrafficContext,
): void {
  const available = Object.keys(file.params ?? {});
  const broken = breaks.keys(path);
  let isComplete = !broken.includes('params') && (broken.length === 0 || file.params !== undefined);
  const demand = (name: string, at: Path): void => {
    if (!isComplete || available.includes(name)) return;
    const message = `:${name} is neither a parameter nor captured before`;
    issues.push(issueAt(at, message, didYouMean(name, available).hint));
  };
  const walk = ({ step, at, arms, uses }: PlacedStep): void => {
    for (const name of uses) demand(name, at);
    if (step.kind === 'query') {
      for (const name of step.names) demand(name, queryAt(at));
      available.push(...step.capture.map((capture) => capture.name));
    }
    if (step.kind === 'let') available.push(step.name);
    // What only one arm gives is NULL after the others.
    arms.flat().forEach(walk);
    if (breaks.at(at) || breaks.keys(at).some((key) => key !== 'query')) isComplete = false;
  };
  steps.forEach(walk);
}

/** Every parameter is used, as far as everything that may use it could be read. */
function checkUse(
  { params = {} }: TransactionFile,
  steps: readonly PlacedStep[],
  path: Path,
  context: TrafficContext,
): void {
  if (context.breaks.keys(path).length > 0 && steps.length === 0) return;
  const all = steps.flatMap(withInner);
  if (all.some(({ step, at }) => mayHideNames(step, at, context))) return;
  const used = new Set(
    all.flatMap(({ step, uses }) => [...uses, ...(step.kind === 'query' ? step.names : [])]),
  );
  for (const name of Object.keys(params).filter((one) => !used.has(one))) {
    const hint = `write :${name} in a query, or remove it`;
    context.issues.push(context.issueAt([...path, 'params', name], 'no statement uses it', hint));
  }
}

const withInner = (placed: PlacedStep): readonly PlacedStep[] => [
  placed,
  ...placed.arms.flat().flatMap(withInner),
];

/** A step that could not be read, or a text in which not even PostgreSQL's scanner finds its way (an open quote). */
function mayHideNames(step: TrafficStep, at: Path, { breaks }: TrafficContext): boolean {
  if (breaks.touch(at)) return true;
  return step.kind === 'query' && step.names.length === 0 && /:[a-z_]/i.test(step.text) && !step.preparable;
}

/** Whichever way it takes, a transaction gives its connection back outside of a transaction block. */
function checkBlocks(steps: readonly TrafficStep[], complain: (message: string) => void): void {
  if (blockAfter(steps, false, complain))
    complain('begin without commit: the connection would go back to the pool inside a transaction');
}

type Complain = (message: string) => void;

/** Whether a block is open after the steps. */
const blockAfter = (steps: readonly TrafficStep[], before: boolean, complain: Complain): boolean =>
  steps.reduce((open, step) => openAfter(step, open, complain), before);

function openAfter(step: TrafficStep, open: boolean, complain: Complain): boolean {
  switch (step.kind) {
    case 'begin':
      if (open) complain('begin inside a transaction block');
      return true;
    case 'commit':
    case 'rollback':
      if (!open) complain(`${step.kind} without begin`);
      return false;
    case 'branch':
    case 'if':
      return openAfterWays(step, open, complain);
    case 'think':
    case 'let':
    case 'query':
      return open;
  }
}

type Ways = Extract<TrafficStep, { readonly kind: 'branch' | 'if' }>;

function openAfterWays(step: Ways, open: boolean, complain: Complain): boolean {
  const arms = step.arms.map(({ steps }) => steps);
  const ways = step.kind === 'if' ? [...arms, step.otherwise] : arms;
  const [first = open, ...others] = ways.map((way) => blockAfter(way, open, complain));
  if (others.some((other) => other !== first))
    complain('one way leaves a transaction block open, another one does not');
  return first;
}
