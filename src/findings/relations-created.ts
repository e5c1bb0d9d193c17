import { displayName, splitStatements, type SqlNode } from '../postgres/index.ts';

/** Display names of the tables and indexes that the statements create. */
export function relationsCreated(texts: readonly string[]): ReadonlySet<string> {
  const nodes = texts.flatMap((text) => {
    const parsed = splitStatements(text);
    return parsed.ok ? parsed.statements.map(({ node }) => node) : [];
  });
  return new Set(nodes.flatMap(createdBy));
}

function createdBy(node: SqlNode): readonly string[] {
  if ('CreateStmt' in node) return relationName(node.CreateStmt.relation);
  if ('CreateTableAsStmt' in node) return relationName(node.CreateTableAsStmt.into?.rel);
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
