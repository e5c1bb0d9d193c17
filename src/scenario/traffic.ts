import { didYouMean } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { bindNamedParameters, splitStatements, type SqlStatement } from '../postgres/index.ts';
import { milliseconds } from '../units.ts';

import type { TrafficFile, TransactionFile } from './definition.ts';
import { locationAt, type IssueAt } from './issues.ts';
import { parseParameters } from './parameters.ts';
import type { Traffic, TrafficStep, Transaction } from './scenario.ts';

const DEFAULT_GRACE = milliseconds(10_000);

export function parseTraffic(file: TrafficFile, issueAt: IssueAt, issues: Issue[]): Traffic {
  const known = Object.keys(file.transactions);
  for (const name of Object.keys(file.mix).filter((one) => !known.includes(one))) {
    issues.push(
      issueAt(
        ['mix', name],
        `no transaction is called ${JSON.stringify(name)}`,
        didYouMean(name, known).hint,
      ),
    );
  }
  for (const name of known.filter((one) => !Object.hasOwn(file.mix, one))) {
    issues.push(
      issueAt(
        ['transactions', name],
        'is not in the mix, so it would never run',
        `add it to mix, or remove it`,
      ),
    );
  }
  return {
    connections: file.connections,
    rate: file.rate,
    arrival: file.arrival,
    prepare: file.prepare,
    statementTimeout: file.statement_timeout,
    lockTimeout: file.lock_timeout,
    grace: file.grace ?? DEFAULT_GRACE,
    transactions: Object.entries(file.transactions).map(([name, transaction]) =>
      parseTransaction(name, transaction, file.mix[name] ?? 0, { issueAt, issues }),
    ),
  };
}

/** Only what is wrong in the transactions themselves, where the rest of the file could not be read. */
export function checkTransactions(
  file: TrafficFile['transactions'],
  issueAt: IssueAt,
  issues: Issue[],
): void {
  for (const [name, transaction] of Object.entries(file))
    parseTransaction(name, transaction, 0, { issueAt, issues });
}

interface Context {
  readonly issueAt: IssueAt;
  readonly issues: Issue[];
}

function parseTransaction(
  name: string,
  file: TransactionFile,
  weight: number,
  { issueAt, issues }: Context,
): Transaction {
  const path = ['transactions', name];
  if ((file.query === undefined) === (file.steps === undefined)) {
    issues.push(
      issueAt(path, 'a transaction has either a query or steps', 'one statement: query; several: steps'),
    );
  }
  const parameters = parseParameters(file.params ?? {}, [...path, 'params'], issueAt, issues);
  const written: FileStep[] = file.steps ?? (file.query === undefined ? [] : [{ query: file.query }]);
  const available = parameters.map((parameter) => parameter.name);
  const used = new Set<string>();
  const steps = written.map((step, index): TrafficStep => {
    const at = file.steps === undefined ? [...path, 'query'] : [...path, 'steps', index];
    const parsed = parseStep(step, at, { issueAt, issues });
    if (parsed.kind !== 'query') return parsed;
    for (const one of parsed.names) {
      used.add(one);
      if (!available.includes(one))
        issues.push(
          issueAt(at, `:${one} is neither a parameter nor captured before`, didYouMean(one, available).hint),
        );
    }
    available.push(...parsed.capture.map((capture) => capture.name));
    return parsed;
  });
  for (const parameter of parameters.filter((one) => !used.has(one.name))) {
    issues.push(
      issueAt(
        [...path, 'params', parameter.name],
        'no statement uses it',
        `write :${parameter.name} in a query, or remove it`,
      ),
    );
  }
  checkBlocks(steps, (message) => issues.push(issueAt([...path, 'steps'], message)));
  return { name, weight, parameters, steps };
}

type FileStep = NonNullable<TransactionFile['steps']>[number];

function parseStep(step: FileStep, path: readonly PropertyKey[], { issueAt, issues }: Context): TrafficStep {
  if (typeof step === 'string') return { kind: step };
  if ('think' in step) return { kind: 'think', duration: step.think };
  const { text, names } = bindNamedParameters(step.query);
  const parsed = splitStatements(text);
  if (!parsed.ok)
    issues.push(issueAt(path, `not SQL: ${parsed.mistake.message}`, 'write parameters as :name'));
  else checkStatement(parsed.statements, (message, hint) => issues.push(issueAt(path, message, hint)));
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
