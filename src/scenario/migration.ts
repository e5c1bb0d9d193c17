import type { Breaks, Path, SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { mendSql, splitStatements, type BrokenStatement, type SqlStatement } from '../postgres/index.ts';
import { milliseconds } from '../units.ts';

import type { ScenarioFile, StepFile } from './definition.ts';
import { locationAt, type IssueAt } from './issues.ts';
import type { MigrationStatement, MigrationStep, SqlStep, SqlUnit } from './migration-model.ts';
import type { RetryPolicy } from './retry.ts';
import type { Location } from './location.ts';

type ReadHere = (reference: string) => SourceFile | undefined;

interface FileContext {
  readonly read: ReadHere;
  readonly issueAt: IssueAt;
  readonly breaks: Breaks;
  readonly issues: Issue[];
}

interface Context extends FileContext {
  readonly path: Path;
}

export function parseMigration(file: ScenarioFile['migration'], context: FileContext): MigrationStep[] {
  if (typeof file === 'string') return parseStep({ file }, { ...context, path: ['migration'] }, 0);
  if (Array.isArray(file))
    return file.flatMap((step, index) => parseStep(step, { ...context, path: ['migration', index] }, index));
  return parseStep(file, { ...context, path: ['migration'] }, 0);
}

function parseStep(step: StepFile, context: Context, index: number): MigrationStep[] {
  const kinds = (['sql', 'file', 'backfill', 'command'] as const).filter((kind) => step[kind] !== undefined);
  if (kinds.length !== 1) {
    if (kinds.length === 0 && context.breaks.keys(context.path).length > 0) return [];
    const found = kinds.length === 0 ? 'none of them' : kinds.join(' and ');
    context.issues.push(
      context.issueAt(
        context.path,
        `a migration step is one of sql, file, backfill or command; found ${found}`,
      ),
    );
    return [];
  }
  context.issues.push(...misplaced(step, context));
  const policy = {
    ...retryPolicy(step.retries),
    name: step.name ?? `step ${index + 1}`,
    lockTimeout: step.lock_timeout,
    statementTimeout: step.statement_timeout,
    location: locationAt(context.issueAt, context.path),
  };
  if (step.command !== undefined)
    return [{ ...policy, kind: 'command', command: step.command, connects: step.connects ?? true }];
  if (step.backfill !== undefined)
    return [{ ...policy, kind: 'backfill', ...backfill(step.backfill, context) }];
  return [{ ...policy, kind: 'sql', ...sqlWork(step, context) }];
}

/** What means nothing in a step of this kind. */
function misplaced(step: StepFile, { issueAt, path }: Context): readonly Issue[] {
  const isSql = step.sql !== undefined || step.file !== undefined;
  const isCommand = step.command !== undefined;
  return [
    ...(step.transaction === undefined || isSql
      ? []
      : [issueAt([...path, 'transaction'], 'only a step of SQL can say whether it is one transaction')]),
    ...(step.connects === undefined || isCommand
      ? []
      : [issueAt([...path, 'connects'], 'only a command can say whether it connects to the database')]),
    ...(isCommand && retryPolicy(step.retries).retries > 0
      ? [
          issueAt(
            [...path, 'retries'],
            'a command is not tried again: what it did by then is not known here',
            'let the tool retry by itself; lock_timeout applies to its sessions',
          ),
        ]
      : []),
  ];
}

function retryPolicy(retries: StepFile['retries']): RetryPolicy {
  const {
    times,
    backoff,
    max_backoff: maxBackoff,
  } = typeof retries === 'object'
    ? retries
    : { times: retries ?? 0, backoff: undefined, max_backoff: undefined };
  const first = backoff ?? milliseconds(1_000);
  return { retries: times, backoff: first, maxBackoff: maxBackoff ?? milliseconds(Math.max(first, 10_000)) };
}

function backfill(file: NonNullable<StepFile['backfill']>, { issueAt, issues, path }: Context) {
  for (const { key, probe } of probes(file)) {
    const mistake = mistakeIn(probe);
    if (mistake === undefined) continue;
    issues.push(
      issueAt(
        [...path, 'backfill', key],
        `set and where do not make an UPDATE: ${mistake}`,
        `tried: ${probe.replace(/\s+/g, ' ')}`,
      ),
    );
  }
  return {
    table: file.table,
    key: typeof file.key === 'string' ? [file.key] : file.key,
    set: file.set,
    where: file.where,
    batch: file.batch,
    pause: file.pause ?? milliseconds(0),
  };
}

/** Each part by itself, so that a mistake in one does not hide the other's. */
function probes({ set, where }: NonNullable<StepFile['backfill']>) {
  const setOnly = updateOf(set, 'true');
  const other = mistakeIn(setOnly) === undefined ? set : 'a = 1';
  return [
    { key: 'set', probe: setOnly },
    ...(where === undefined ? [] : [{ key: 'where', probe: updateOf(other, where) }]),
  ];
}

/** As the batches have it: on lines of their own, so that a comment at the end does no harm. */
const updateOf = (set: string, where: string): string => `UPDATE t SET ${set}\nWHERE (${where}\n)`;

function mistakeIn(update: string): string | undefined {
  const parsed = splitStatements(update);
  if (!parsed.ok) return parsed.mistake.message;
  return parsed.statements.length === 1 ? undefined : 'several statements';
}

interface SqlText {
  readonly text: string;
  readonly location: Location;
  readonly issue: (line: number, message: string, hint?: string) => Issue;
}

function sqlWork(step: StepFile, context: Context): Pick<SqlStep, 'file' | 'units'> {
  const sql = sqlText(step, context);
  if (sql === undefined) return { units: [] };
  const units = sqlUnits(sql, step.transaction, context);
  return step.sql === undefined ? { file: sql.location.file, units } : { units };
}

function sqlUnits(sql: SqlText, transaction: boolean | undefined, context: Context): SqlUnit[] {
  const { statements, mistakes } = mendSql(sql.text);
  for (const { line, message } of mistakes) context.issues.push(sql.issue(line, `not SQL: ${message}`));
  if (statements.length === 0 && mistakes.length === 0)
    context.issues.push(sql.issue(1, 'there is no statement in it'));
  if (statements.length === 0 || mistakes.some(mayBeControl)) return [];
  return intoUnits(statements, transaction, sql, context.issues);
}

/** Of a broken BEGIN or COMMIT (`COMIT;`) nobody knows which blocks it would have made. */
const mayBeControl = ({ words }: BrokenStatement): boolean =>
  words.size <= 2 || ['begin', 'start', 'commit', 'end', 'rollback'].some((word) => words.has(word));

function sqlText(step: StepFile, { path, read, issueAt, issues }: Context): SqlText | undefined {
  const inline = step.sql;
  if (inline !== undefined) {
    const issue = (_: number, message: string, hint?: string) => issueAt([...path, 'sql'], message, hint);
    return { text: inline, location: locationAt(issueAt, [...path, 'sql']), issue };
  }
  const reference = step.file ?? '';
  const source = read(reference);
  if (source === undefined) {
    issues.push(
      issueAt(
        path.length === 1 && step.name === undefined ? path : [...path, 'file'],
        `there is no file ${JSON.stringify(reference)}`,
        'a migration is a SQL file, a step or a list of steps; paths are relative to the file that names them',
      ),
    );
    return undefined;
  }
  return {
    text: source.text,
    location: { file: source.file, path: '' },
    issue: (line, message, hint) => ({
      file: source.file,
      line,
      path: '',
      message,
      ...(hint === undefined ? {} : { hint }),
    }),
  };
}

/**
 * What is committed together. `transaction: true`: everything; `false`: each statement alone. Not said: as the script's own BEGIN and
 * COMMIT say, else one transaction, unless a statement can not run inside one.
 */
function intoUnits(
  statements: readonly SqlStatement[],
  transaction: boolean | undefined,
  sql: SqlText,
  issues: Issue[],
): SqlUnit[] {
  const control = statements.find((statement) => statement.control !== undefined);
  const refused = transaction === true ? statements.filter((one) => !one.transactional) : [];
  if (control !== undefined && transaction !== undefined) {
    issues.push(
      sql.issue(
        control.line,
        `${control.text.slice(0, 30)} inside a step that says transaction: ${transaction}`,
        'leave `transaction` out: the script’s own BEGIN and COMMIT are followed',
      ),
    );
    return [];
  }
  if (refused.length > 0) {
    const hint = 'put it in a step of its own, with transaction: false';
    issues.push(...refused.map((one) => sql.issue(one.line, notInside(one), hint)));
    return [];
  }
  if (control !== undefined) return scriptedUnits(statements, sql, issues);
  const together = transaction ?? !statements.some((one) => !one.transactional || one.mayCommit);
  return together ? [{ begin: 'BEGIN', statements: statements.map(inBlock) }] : statements.map(alone);
}

function scriptedUnits(statements: readonly SqlStatement[], sql: SqlText, issues: Issue[]): SqlUnit[] {
  const script = new ScriptReader((line, message) => issues.push(sql.issue(line, message, BLOCKS_HINT)));
  for (const one of statements) script.read(one);
  return script.end(statements.at(-1)?.line ?? 1);
}

const BLOCKS_HINT = 'a migration is made of BEGIN … COMMIT blocks and statements between them';

/** Follows a script's own BEGIN and COMMIT. */
class ScriptReader {
  readonly #units: SqlUnit[] = [];
  readonly #complain: (line: number, message: string) => void;
  #open: MigrationStatement[] | undefined;
  #begin = 'BEGIN';

  constructor(complain: (line: number, message: string) => void) {
    this.#complain = complain;
  }

  read(one: SqlStatement): void {
    switch (one.control) {
      case 'begin':
        if (this.#open !== undefined) this.#complain(one.line, `${one.text} inside a transaction`);
        this.#open = [];
        this.#begin = one.text;
        break;
      case 'commit':
        if (this.#open === undefined) this.#complain(one.line, `${one.text} without BEGIN`);
        else if (this.#open.length > 0) this.#units.push({ begin: this.#begin, statements: this.#open });
        this.#open = undefined;
        break;
      case 'rollback':
        this.#complain(one.line, `${one.text} does not fit into a migration`);
        break;
      case undefined:
        if (this.#open === undefined) this.#units.push(alone(one));
        else if (one.transactional) this.#open.push(inBlock(one));
        else this.#complain(one.line, notInside(one));
    }
  }

  end(line: number): SqlUnit[] {
    if (this.#open !== undefined) this.#complain(line, 'BEGIN without COMMIT');
    return this.#units;
  }
}

const notInside = ({ text }: SqlStatement): string =>
  `can not run inside a transaction: ${text.slice(0, 60)}`;

const inBlock = ({ text, line }: SqlStatement): MigrationStatement => ({ text, line, transactional: true });

const alone = ({ text, line, transactional, mayCommit }: SqlStatement): SqlUnit => ({
  begin: 'BEGIN',
  statements: [{ text, line, transactional: transactional && !mayCommit }],
});
