import type { RelationWork } from '../result/index.ts';

import { growingWork, rowsOf } from './growing-work.ts';
import type { Detector } from './observed.ts';
import { shapesOf } from './shape.ts';
import type { MigrationStatement } from './statements.ts';

/**
 * Every rewrite holds AccessExclusiveLock (manual, ALTER TABLE and 13.3.1), so that one is one even where the lock
 * was not seen.
 */
export const tableRewrite: Detector = (scene) =>
  scene.statements.flatMap((at) =>
    tablesRewritten(at).map(({ relation, rows }) =>
      growingWork(scene, {
        at,
        relation,
        rows: rowsOf(scene.result, relation, rows),
        title: `${relation} was written anew while nobody could read or write it`,
      }),
    ),
  );

/** TRUNCATE changes the file as well, but copies nothing. */
export function tablesRewritten({ statement, rewritten }: MigrationStatement): readonly RelationWork[] {
  const isTruncate = rewritten.length > 0 && shapesOf(statement.text).some(({ kind }) => kind === 'truncate');
  return isTruncate ? [] : rewritten;
}
