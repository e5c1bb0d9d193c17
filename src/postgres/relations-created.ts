import type { Node as SqlNode } from 'libpg-query';

import { displayName } from './identifier.ts';
import { splitStatements } from './statement.ts';

/** Display names of the tables and indexes that the statements create. */
export const relationsCreated = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(nodesOf(texts).flatMap((node) => [...tableCreatedBy(node), ...indexCreatedBy(node)]));

/** Display names of the tables and materialized views that the statements create, partitions included. */
export const tablesCreated = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(nodesOf(texts).flatMap(tableCreatedBy));

const nodesOf = (texts: readonly string[]): readonly SqlNode[] =>
  texts.flatMap((text) => {
    const parsed = splitStatements(text);
    return parsed.ok ? parsed.statements.map(({ node }) => node) : [];
  });

function tableCreatedBy(node: SqlNode): readonly string[] {
  if ('CreateStmt' in node) return relationName(node.CreateStmt.relation);
  return 'CreateTableAsStmt' in node ? relationName(node.CreateTableAsStmt.into?.rel) : [];
}

function indexCreatedBy(node: SqlNode): readonly string[] {
  if ('IndexStmt' in node)
    return relationName({ ...node.IndexStmt.relation, relname: node.IndexStmt.idxname });
  return [];
}

interface NamedRelation {
  readonly schemaname?: string | undefined;
  readonly relname?: string | undefined;
}

function relationName(relation: NamedRelation | undefined): readonly string[] {
  return relation?.relname === undefined
    ? []
    : [displayName(relation.schemaname ?? 'public', relation.relname)];
}
