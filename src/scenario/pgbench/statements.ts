import { splitStatements, type SqlStatement } from '../../postgres/index.ts';
import type { TrafficStep } from '../traffic-model.ts';
import { parseQuery } from '../statement.ts';

import { resultColumns } from './columns.ts';
import type { Script } from './script.ts';
import type { ScriptPart } from './scan.ts';

type SqlPart = ScriptPart & { readonly kind: 'sql' };

/** A statement as a step; undefined, and told, where it is none. */
export function parseScriptStatement({ text, at, quoted }: SqlPart, script: Script): TrafficStep | undefined {
  const control = controlStep(text);
  if (control === 'chain') {
    script.complain(at, 'AND CHAIN is not supported', 'begin the next transaction with a BEGIN of its own');
    return undefined;
  }
  if (control !== undefined) return control;
  const { mistakes, ...query } = parseQuery(text);
  for (const { message, hint, line } of mistakes) script.complain(at, message, hint, line);
  const pasted = quoted.filter((name) => script.isKnown(name) || AUTOMATIC.includes(name));
  for (const name of new Set(pasted)) {
    const message = `:${name} inside of quotes: values are bound, never pasted into the text`;
    script.complain(at, message, `put the value together outside of them: '…' || :${name}`);
  }
  script.use(query.names, at);
  if (mistakes.length > 0) return undefined;
  return { kind: 'query', ...query, capture: [], expect: undefined, location: script.location(at) };
}

/** Variables that every script has (manual, pgbench, "Automatic Variables"). */
const AUTOMATIC = ['client_id', 'default_seed', 'random_seed', 'scale'];

function controlStep(text: string): TrafficStep | 'chain' | undefined {
  const statement = onlyStatement(text);
  if (statement?.control === undefined) return undefined;
  const { node, control } = statement;
  if ('TransactionStmt' in node && node.TransactionStmt.chain === true) return 'chain';
  return control === 'begin' ? { kind: 'begin', text } : { kind: control };
}

function onlyStatement(text: string): SqlStatement | undefined {
  const parsed = splitStatements(text);
  return parsed.ok ? parsed.statements[0] : undefined;
}

/**
 * The statement before \gset, with every column of its only row as a variable; undefined, and told, where that can not be. `at`: of
 * the command.
 */
export function captured(
  step: TrafficStep | undefined,
  prefix: string,
  script: Script,
  at: number,
): TrafficStep | undefined {
  if (step === undefined || ['let', 'think', 'if', 'branch'].includes(step.kind)) {
    script.complain(at, '\\gset without a statement directly before it');
    return undefined;
  }
  if (step.kind !== 'query' || step.expect !== undefined) {
    const found = step.kind === 'query' ? 'has its \\gset already' : 'returns no row';
    script.complain(at, `the statement before \\gset ${found}`);
    return undefined;
  }
  const capture = columnsOf(step.text, script, at).map((column) => ({ name: `${prefix}${column}`, column }));
  const isNamed = capture.map(({ name }) => script.set(name, at)).every(Boolean);
  return isNamed ? { ...step, capture, expect: { rows: { least: 1, most: 1 }, columns: [] } } : undefined;
}

/** None, and told, where they are not all known by a name of their own. */
function columnsOf(text: string, script: Script, at: number): readonly string[] {
  const statement = onlyStatement(text);
  const columns = statement === undefined ? undefined : resultColumns(statement.node);
  const mistake = mistakeIn(columns);
  if (mistake !== undefined) script.complain(at, ...mistake);
  return mistake === undefined && columns !== undefined ? columns : [];
}

/** Message and hint. */
function mistakeIn(columns: readonly string[] | undefined): readonly [string, string] | undefined {
  if (columns === undefined)
    return ['the statement does not tell which columns \\gset will find', 'name them: SELECT … AS name'];
  if (columns.length === 0)
    return [
      'the statement before \\gset returns no row',
      'INSERT, UPDATE, DELETE and MERGE return one with RETURNING',
    ];
  if (columns.includes('?column?'))
    return [
      `column ${columns.indexOf('?column?') + 1} of the statement before \\gset has no name`,
      'name it with AS',
    ];
  const double = columns.find((column, index) => columns.indexOf(column) !== index);
  if (double === undefined) return undefined;
  return [
    `two columns of the statement before \\gset are called ${JSON.stringify(double)}`,
    'name them with AS',
  ];
}
