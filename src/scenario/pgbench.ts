import type { SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';

import { StepBlocks } from './pgbench/blocks.ts';
import { readCommand } from './pgbench/commands.ts';
import { scanScript, type ScriptPart } from './pgbench/scan.ts';
import { Script, type ScriptNeed } from './pgbench/script.ts';
import { parseScriptStatement } from './pgbench/statements.ts';
import type { Location } from './location.ts';
import type { TrafficStep } from './traffic-model.ts';

export interface PgbenchScript {
  readonly steps: readonly TrafficStep[];
  /** Names that it uses before it sets them, each once: parameters, or what pgbench sets by itself. */
  readonly needs: readonly ScriptNeed[];
  /** Everything that sets a variable could be read. */
  readonly isWhole: boolean;
  /** Where a transaction last began or ended; else the script's beginning. */
  readonly lastControl: Location;
}

interface Reading {
  /** Names that come with values from outside. */
  readonly given: readonly string[];
  readonly issues: Issue[];
}

/**
 * A script of pgbench as steps (manual, pgbench, "Custom Scripts"). Every `:name` is bound, so it can not stand in quotes or be a part of
 * a name. A statement before \gset must return exactly one row.
 */
export function readPgbenchScript(source: SourceFile, { given, issues }: Reading): PgbenchScript {
  const script = new Script(source, issues, given);
  const blocks = new StepBlocks();
  const parts = scanScript(source.text);
  if (parts.length === 0) script.complain(0, 'there is no statement in it');
  // Of what follows a broken statement, \gset would only complain of it once more.
  let isBroken = false;
  let isWhole = true;
  let lastControl = script.location(0);
  for (const part of parts) {
    if (isBroken && part.kind === 'command' && part.name === 'gset') {
      isWhole = false;
      continue;
    }
    const step = readPart(part, script, blocks);
    isBroken = step === 'broken';
    if (step === 'control') lastControl = script.location(part.at);
  }
  if (blocks.open !== undefined) issues.push({ ...blocks.open, message: '\\if without \\endif' });
  return { steps: blocks.steps, needs: script.needs, isWhole, lastControl };
}

type Read = 'broken' | 'control' | 'read';

/** `broken`: a statement with a mistake. */
function readPart(part: ScriptPart, script: Script, blocks: StepBlocks): Read {
  switch (part.kind) {
    case 'open':
      script.complain(part.at, `quotes or a comment without an end: ${JSON.stringify(part.text)}`);
      return 'read';
    case 'command':
      readCommand(part, { script, blocks });
      return 'read';
    case 'sql': {
      const step = parseScriptStatement(part, script);
      if (step === undefined) return 'broken';
      blocks.add(step);
      return ['begin', 'commit', 'rollback'].includes(step.kind) ? 'control' : 'read';
    }
  }
}
