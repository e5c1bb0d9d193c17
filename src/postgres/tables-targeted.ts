import type { Node as SqlNode } from 'libpg-query';

import { displayName } from './identifier.ts';
import { splitStatements } from './statement.ts';

/**
 * Display names of the tables that a statement is about, as its author knows: not those that it only refers to, and not those that it
 * locks besides. undefined: the text does not say (an index, a block of code).
 */
export function tablesTargeted(text: string): readonly string[] | undefined {
  const parsed = splitStatements(text);
  if (!parsed.ok) return undefined;
  const targets = parsed.statements.map(({ node }) => targetsOf(node));
  return targets.some((names) => names === undefined) ? undefined : targets.flatMap((names) => names ?? []);
}

type Body = Readonly<Record<string, unknown>>;

function targetsOf(node: SqlNode): readonly string[] | undefined {
  const [kind = '', content] = Object.entries(node)[0] ?? [];
  return TARGETS[kind]?.(bodyOf(content));
}

const itsRelation = (body: Body): readonly string[] => relationName(body['relation']);
const itsRelations = (body: Body): readonly string[] => relationNames(body['relations']);

/** By the parser's name of the statement. */
const TARGETS: Readonly<Record<string, (body: Body) => readonly string[] | undefined>> = {
  AlterTableStmt: (body) =>
    HAS_ROWS.has(String(body['objtype'])) ? [...itsRelation(body), ...partitionsOf(body)] : elsewhere(body),
  CreateStmt: (body) => [...itsRelation(body), ...relationNames(body['inhRelations'])],
  CreateTableAsStmt: (body) => relationName(bodyOf(body['into'])['rel']),
  DropStmt: dropped,
  TruncateStmt: itsRelations,
  LockStmt: itsRelations,
  IndexStmt: itsRelation,
  CreateTrigStmt: itsRelation,
  RuleStmt: itsRelation,
  RefreshMatViewStmt: itsRelation,
  ClusterStmt: itsRelation,
  AlterObjectSchemaStmt: itsRelation,
  CreatePolicyStmt: (body) => relationName(body['table']),
  AlterPolicyStmt: (body) => relationName(body['table']),
  RenameStmt: (body) =>
    [body['renameType'], body['relationType']].includes('OBJECT_INDEX') ? undefined : itsRelation(body),
  ReindexStmt: (body) => (body['kind'] === 'REINDEX_OBJECT_TABLE' ? itsRelation(body) : undefined),
  VacuumStmt: (body) => (body['rels'] === undefined ? undefined : relationNames(body['rels'])),
  AlterDomainStmt: () => [],
  AlterEnumStmt: () => [],
};

const HAS_ROWS: ReadonlySet<string> = new Set(['OBJECT_TABLE', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE']);

/** ALTER INDEX does not say whose index it is; ALTER TYPE and the like are about no table. */
const elsewhere = ({ objtype }: Body): readonly string[] | undefined =>
  objtype === 'OBJECT_INDEX' ? undefined : [];

/** ATTACH and DETACH PARTITION, INHERIT. */
const partitionsOf = ({ cmds }: Body): readonly string[] =>
  listOf(cmds).flatMap((node) => {
    const definition = bodyOf(bodyOf(bodyOf(node)['AlterTableCmd'])['def']);
    return [
      ...relationName(bodyOf(definition['PartitionCmd'])['name']),
      ...relationName(definition['RangeVar']),
    ];
  });

/** What is dropped from a table is named by the table and its own name. */
const OF_TABLES: ReadonlySet<string> = new Set(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY']);

function dropped({ objects, removeType }: Body): readonly string[] | undefined {
  const kind = String(removeType);
  if (kind === 'OBJECT_INDEX') return undefined;
  if (!HAS_ROWS.has(kind) && !OF_TABLES.has(kind)) return [];
  return listOf(objects).map((object) => {
    const parts = listOf(bodyOf(bodyOf(object)['List'])['items']).map((item) =>
      String(bodyOf(bodyOf(item)['String'])['sval']),
    );
    const names = OF_TABLES.has(kind) ? parts.slice(0, -1) : parts;
    return displayName(names.at(-2) ?? 'public', names.at(-1) ?? '');
  });
}

const relationNames = (nodes: unknown): readonly string[] =>
  listOf(nodes).flatMap((node) => {
    const { RangeVar, VacuumRelation } = bodyOf(node);
    return relationName(RangeVar ?? bodyOf(VacuumRelation)['relation']);
  });

function relationName(node: unknown): readonly string[] {
  const { schemaname, relname } = bodyOf(node);
  return typeof relname === 'string'
    ? [displayName(typeof schemaname === 'string' ? schemaname : 'public', relname)]
    : [];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const bodyOf = (value: unknown): Body => (typeof value === 'object' && value !== null ? { ...value } : {});
