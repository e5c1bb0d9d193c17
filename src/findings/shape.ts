import { splitStatements, type SqlNode } from '../postgres/index.ts';

import { alterTableShapes } from './shape-alter-table.ts';
import { SourceText } from './source-text.ts';
import type { StatementShape } from './statement-shape.ts';

/** One shape for each command of the statement; text that is no SQL has the shape `other`. */
export function shapesOf(text: string): readonly StatementShape[] {
  const parsed = splitStatements(text);
  return parsed.ok
    ? parsed.statements.flatMap((statement) => shapesOfNode(statement.node, text))
    : [{ kind: 'other' }];
}

function shapesOfNode(node: SqlNode, text: string): readonly StatementShape[] {
  const source = new SourceText(text);
  if ('AlterTableStmt' in node) return alterTableShapes(node.AlterTableStmt, source);
  if ('IndexStmt' in node)
    return [{ kind: 'create-index', text, concurrently: node.IndexStmt.concurrent === true }];
  if ('TruncateStmt' in node) return [{ kind: 'truncate' }];
  if ('ClusterStmt' in node)
    return [{ kind: 'reorganize', table: source.nameAt(node.ClusterStmt.relation?.location) }];
  if ('VacuumStmt' in node)
    return (node.VacuumStmt.rels ?? []).map((relation) => vacuumShape(relation, source));
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'lock_timeout')
    return [{ kind: 'set-lock-timeout' }];
  return [{ kind: 'other' }];
}

function vacuumShape(node: SqlNode, source: SourceText): StatementShape {
  return 'VacuumRelation' in node
    ? { kind: 'reorganize', table: source.nameAt(node.VacuumRelation.relation?.location) }
    : { kind: 'other' };
}
