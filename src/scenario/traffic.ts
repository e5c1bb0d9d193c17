import { didYouMean, type Breaks, type Path } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { bindNamedParameters, splitStatements, type SqlStatement } from '../postgres/index.ts';
import { milliseconds } from '../units.ts';

import type { TrafficFile, TransactionFile } from './definition.ts';
import { locationAt, type IssueAt } from './issues.ts';
import { parseParameters } from './parameters.ts';
import type { Traffic, TrafficStep, Transaction } from './scenario.ts';

const DEFAULT_GRACE = milliseconds(10_000);

export interface TrafficContext {
  readonly issueAt: IssueAt;
  readonly issues: Issue[];
  readonly breaks: Breaks;
}

export function parseTraffic(file: TrafficFile, context: TrafficContext): Traffic {
  checkMix(file, context);
  return {
    connections: file.connections,
    rate: file.rate,
    arrival: file.arrival,
    prepare: file.prepare,
    statementTimeout: file.statement_timeout,
    lockTimeout: file.lock_timeout,
    grace: file.grace ?? DEFAULT_GRACE,
    transactions: Object.entries(file.transactions).map(([name, transaction]) =>
      parseTransaction(name, transaction, file.mix[name] ?? 0, context),
    ),
  };
}

/** Mix and transactions name the same; where one of them could not be read, nobody knows. */
function checkMix({ mix, transactions }: TrafficFile, { issueAt, issues, breaks }: TrafficContext): void {
  if (breaks.at(['mix']) || breaks.at(['transactions'])) return;
  const known = Object.keys(transactions);
  for (const name of Object.keys(mix).filter((one) => !known.includes(one))) {
    const hint = didYouMean(name, known).hint;
    issues.push(issueAt(['mix', name], `no transaction is called ${JSON.stringify(name)}`, hint));
  }
  for (const name of known.filter((one) => !Object.hasOwn(mix, one))) {
    const message = 'is not in the mix, so it would never run';
    issues.push(issueAt(['transactions', name], message, 'add it to mix, or remove it'));
  }
}

function parseTransaction(
  name: string,
  file: TransactionFile,
  weight: number,
  context: TrafficContext,
): Transaction {
  const { issueAt, issues, breaks } = context;
  const path = ['transactions', name];
  if ((file.query === undefined) === (file.steps === undefined) && breaks.keys(path).length === 0) {
    issues.push(
      issueAt(path, 'a transaction has either a query or steps', 'one statement: query; several: steps'),
    );
  }
  const parameters = parseParameters(file.params ?? {}, [...path, 'params'], issueAt, issues);
  const steps = writtenSteps(file, path).map(({ step, at }) => ({ at, step: parseStep(step, at, context) }));
  checkNames(file, steps, path, context);
  checkUse(file, steps, path, context);
  if (breaks.keys([...path, 'steps']).length === 0)
    checkBlocks(
      steps.map(({ step }) => step),
      (message) => issues.push(issueAt([...path, 'steps'], message)),
    );
  return { name, weight, parameters, steps: steps.map(({ step }) => step) };
}

function writtenSteps(
  { query, steps }: TransactionFile,
  path: Path,
): readonly { readonly step: FileStep; readonly at: Path }[] {
  if (steps !== undefined) return steps.map((step, index) => ({ step, at: [...path, 'steps', index] }));
  return query === undefined ? [] : [{ step: { query }, at: [...path, 'query'] }];
}

interface PlacedStep {
  readonly step: TrafficStep;
  readonly at: Path;
}

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
  for (const { step, at } of steps) {
    if (step.kind !== 'query') continue;
    for (const one of step.names.filter((name) => isComplete && !available.includes(name))) {
      const message = `:${one} is neither a parameter nor captured before`;
      issues.push(issueAt(queryAt(at), message, didYouMean(one, available).hint));
    }
    available.push(...step.capture.map((capture) => capture.name));
    if (breaks.at(at) || breaks.keys(at).some((key) => key !== 'query')) isComplete = false;
  }
}

/** Every parameter is used, as far as everything that may use it could be read. */
function checkUse(
  { params = {} }: TransactionFile,
  steps: readonly PlacedStep[],
  path: Path,
  context: TrafficContext,
): void {
  if (context.breaks.keys(path).length > 0 && steps.length === 0) return;
  if (steps.some(({ step, at }) => mayHideNames(step, at, context))) return;
  const used = new Set(steps.flatMap(({ step }) => (step.kind === 'query' ? step.names : [])));
  for (const name of Object.keys(params).filter((one) => !used.has(one))) {
    const hint = `write :${name} in a query, or remove it`;
    context.issues.push(context.issueAt([...path, 'params', name], 'no statement uses it', hint));
  }
}

/** A step that could not be read, or a text in which not even PostgreSQL's scanner finds its way (an open quote). */
function mayHideNames(step: TrafficStep, at: Path, { breaks }: TrafficContext): boolean {
  if (breaks.at(at) || breaks.keys(at).length > 0) return true;
  return step.kind === 'query' && step.names.length === 0 && /:[a-z_]/i.test(step.text) && !step.preparable;
}

/** Of a step among others, or of a transaction of one query. */
const queryAt = (at: Path): Path => (at.at(-1) === 'query' ? at : [...at, 'query']);

type FileStep = NonNullable<TransactionFile['steps']>[number];

function parseStep(step: FileStep, path: Path, { issueAt, issues }: TrafficContext): TrafficStep {
  if (typeof step === 'string') return { kind: step };
  if ('think' in step) return { kind: 'think', duration: step.think };
  const { text, names } = bindNamedParameters(step.query);
  const parsed = splitStatements(text);
  if (!parsed.ok)
    issues.push(issueAt(queryAt(path), `not SQL: ${parsed.mistake.message}`, 'write parameters as :name'));
  else
    checkStatement(parsed.statements, (message, hint) => issues.push(issueAt(queryAt(path), message, hint)));
  const capture = Object.entries(step.capture ?? {}).map(([name, column]) => ({ name, column }));
  const preparable = parsed.ok && parsed.statements.every(isPreparable);
  return { kind: 'query', text, names, preparable, capture, location: locationAt(issueAt, path) };
}

/** The kinds of statements that PREPARE takes (manual, PREPARE). */
const PREPARABLE = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

const isPreparable = ({ node }: SqlStatement): boolean => PREPARABLE.some((kind) => kind in node);

function checkStatement(
  statements: readonly { readonly control: unknown }[],
  complain: (message: string, hint?: string) => void,
): void {
  if (statements.length !== 1)
    complain(`expected one statement, found ${statements.length}`, 'each statement is a step of its own');
  if (statements.some(({ control }) => control !== undefined))
    complain('transaction control is a step of its own', 'write - begin, - commit or - rollback');
}

function checkBlocks(steps: readonly TrafficStep[], complain: (message: string) => void): void {
  let open = false;
  for (const { kind } of steps) {
    if (kind === 'begin') {
      if (open) complain('begin inside a transaction block');
      open = true;
    } else if (kind === 'commit' || kind === 'rollback') {
      if (!open) complain(`${kind} without begin`);
      open = false;
    }
  }
  if (open) complain('begin without commit: the connection would go back to the pool inside a transaction');
}
