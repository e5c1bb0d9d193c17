import type { SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import { StepBlocks } from './pgbench/blocks.ts';
import { readCommand } from './pgbench/commands.ts';
import { scanScript, type ScriptPart } from './pgbench/scan.ts';
import { Script, type ScriptNeed } from './pgbench/script.ts';
import { parseScriptStatement } from './pgbench/statements.ts';
import type { TrafficStep } from './traffic-model.ts';

export interface PgbenchScript {
  readonly steps: readonly TrafficStep[];
  /** Names that it uses before it sets them, each once: parameters, or what pgbench sets by itself. */
  readonly needs: readonly ScriptNeed[];
}

/**
 * A script of pgbench as steps (manual, pgbench, "Custom Scripts"). Every `:name` is bound, so it can not stand in quotes or be a part of
 * a name. A statement before \gset must return exactly one row.
 */
export function readPgbenchScript(source: SourceFile, issues: Issue[]): PgbenchScript {
  const script = new Script(source, issues);
  const blocks = new StepBlocks();
  const parts = scanScript(source.text);
  if (parts.length === 0) script.complain(0, 'there is no statement in it');
  // Of what follows a broken statement, \gset would only complain of it once more.
  let isBroken = false;
  for (const part of parts) {
    if (!(isBroken && part.kind === 'command' && part.name === 'gset'))
      isBroken = !readPart(part, script, blocks);
  }
  if (blocks.open !== undefined) issues.push({ ...blocks.open, message: '\\if without \\endif' });
  return { steps: blocks.steps, needs: script.needs };
}

/** False where it was a statement with a mistake. */
function readPart(part: ScriptPart, script: Script, blocks: StepBlocks): boolean {
  switch (part.kind) {
    case 'open':
      script.complain(part.at, `quotes or a comment without an end: ${JSON.stringify(part.text)}`);
      return true;
    case 'command':
      readCommand(part, { script, blocks });
      return true;
    case 'sql': {
      const step = parseScriptStatement(part, script);
      if (step !== undefined) blocks.add(step);
      return step !== undefined;
    }
  }
}
