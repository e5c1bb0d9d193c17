import type { Path } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { bindNamedParameters, quoteRelation, splitStatements, type SqlStatement } from '../postgres/index.ts';
import { formatDuration, milliseconds } from '../units.ts';

import type { ActorFile, ActorsFile } from './actor-definition.ts';
import { locationAt, type IssueAt } from './issues.ts';
import type { Actor, ActorTable, ActorWork } from './actor-model.ts';
import type { Location } from './location.ts';
import { parseQuery } from './statement.ts';

/** Before the migration, so that an actor of the migration phase already holds its locks when it begins. */
const DEFAULT_LEAD = milliseconds(-1_000);

export function parseActors(file: ActorsFile, issueAt: IssueAt, issues: Issue[]): Actor[] {
  return Object.entries(file).map(([name, actor]) => {
    const path = ['actors', name];
    const context = { path, issueAt, issues };
    checkPeriod(actor, context);
    return {
      name,
      phase: actor.phase,
      start: actor.start ?? (actor.phase === 'migration' ? DEFAULT_LEAD : milliseconds(0)),
      period: actor.period,
      location: locationAt(issueAt, 'query' in actor ? [...path, 'query'] : path),
      ...parseWork(actor, context),
    };
  });
}

/** The tables that an actor names outside of SQL, to be looked for in the dataset; none where it takes all. */
export function actorTables(actor: Actor): readonly ActorTable[] {
  return 'tables' in actor ? (actor.tables ?? []) : [];
}

/** A statement that a server can look at before the run. */
export interface CheckedStatement {
  readonly text: string;
  /** As people wrote it, where that is another text. */
  readonly shown?: string;
  readonly location: Location;
}

/** What actors run while the schema is as it was, as far as PREPARE takes it; of their tables, that they are there. */
export function actorStatements(actors: readonly Actor[]): readonly CheckedStatement[] {
  return actors
    .filter(({ phase }) => phase !== 'recovery')
    .flatMap((actor) => [
      ...('query' in actor && parseQuery(actor.query).preparable
        ? [{ text: actor.query, location: actor.location }]
        : []),
      ...actorTables(actor).map(({ quoted, location }) => ({ text: `TABLE ${quoted}`, location })),
    ]);
}

interface Context {
  readonly path: Path;
  readonly issueAt: IssueAt;
  readonly issues: Issue[];
}

function checkPeriod({ period, duration }: ActorFile, { path, issueAt, issues }: Context): void {
  if (period === undefined || duration === undefined || period >= duration) return;
  const message = `a turn of ${formatDuration(duration)} does not fit into a period of ${formatDuration(period)}`;
  const hint = 'a period is the time from the beginning of one turn to the beginning of the next';
  issues.push(issueAt([...path, 'period'], message, hint));
}

function parseWork(actor: ActorFile, context: Context): ActorWork {
  const { duration } = actor;
  switch (actor.kind) {
    case 'report':
    case 'idle-in-transaction':
      checkQuery(actor.query, context, refusedInTransaction);
      return { kind: actor.kind, query: actor.query, duration: actor.duration };
    case 'dump':
      return { kind: 'dump', tables: parseTables(actor, context), duration };
    case 'batch':
      checkQuery(actor.query, context, duration === undefined ? refusedWithoutEnd : () => []);
      return { kind: 'batch', query: actor.query, pause: actor.pause ?? milliseconds(0), duration };
    case 'vacuum':
      return { kind: 'vacuum', command: vacuum(actor), tables: parseTables(actor, context), duration };
    case 'analyze':
      return { kind: 'analyze', command: 'ANALYZE', tables: parseTables(actor, context), duration };
  }
}

function vacuum(options: Readonly<Record<'full' | 'freeze' | 'analyze', boolean>>): string {
  const asked = (['full', 'freeze', 'analyze'] as const).filter((option) => options[option]);
  return asked.length === 0 ? 'VACUUM' : `VACUUM (${asked.join(', ').toUpperCase()})`;
}

interface NamedTables {
  readonly table?: string | undefined;
  readonly tables?: readonly string[] | undefined;
}

function parseTables(
  { table, tables }: NamedTables,
  { path, issueAt, issues }: Context,
): readonly ActorTable[] | undefined {
  const asTable = (name: string, at: Path): ActorTable => ({
    name,
    quoted: quoteRelation(name),
    location: locationAt(issueAt, [...path, ...at]),
  });
  if (table !== undefined && tables !== undefined)
    issues.push(issueAt([...path, 'tables'], 'an actor has either a table or tables'));
  if (table !== undefined) return [asTable(table, ['table'])];
  return tables?.map((name, index) => asTable(name, ['tables', index]));
}

/** What can not be, and a hint. */
type Refusal = readonly [message: string, hint?: string];

function checkQuery(
  query: string,
  { path, issueAt, issues }: Context,
  refusedByKind: (statement: SqlStatement) => readonly Refusal[],
): void {
  const parsed = splitStatements(query);
  for (const [message, hint] of parsed.ok
    ? refusals(parsed.statements, refusedByKind)
    : [notSql(query, parsed.mistake.message)])
    issues.push(issueAt([...path, 'query'], message, hint));
}

function notSql(query: string, message: string): Refusal {
  return bindNamedParameters(query).names.length > 0
    ? ['an actor has no values for parameters', 'write the value']
    : [`not SQL: ${message}`];
}

function refusals(
  statements: readonly SqlStatement[],
  refusedByKind: (statement: SqlStatement) => readonly Refusal[],
): readonly Refusal[] {
  const [statement, ...more] = statements;
  if (statement === undefined || more.length > 0)
    return [[`expected one statement, found ${statements.length}`]];
  if (statement.control !== undefined)
    return [['an actor begins and ends its transactions by itself', 'write the query alone']];
  const parameters: readonly Refusal[] = JSON.stringify(statement.node).includes('"ParamRef":')
    ? [['an actor has no values for parameters', 'write the value']]
    : [];
  return [...parameters, ...refusedByKind(statement)];
}

const refusedInTransaction = ({ transactional }: SqlStatement): readonly Refusal[] =>
  transactional
    ? []
    : [['PostgreSQL runs it outside of a transaction only', 'kind: vacuum, or kind: batch with a duration']];

/** The statements whose command tag counts the rows that were changed (manual, 55.7, CommandComplete). */
const COUNTING = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

const refusedWithoutEnd = ({ node }: SqlStatement): readonly Refusal[] =>
  COUNTING.some((kind) => kind in node)
    ? []
    : [['it says of no row that it was changed, so it would have no end', 'give it a duration']];
