import { didYouMean } from '../../document/index.ts';
import { parseExpression, variableNames, withDefaultSeed, type Expression } from '../../expression/index.ts';
import { milliseconds } from '../../units.ts';
import type { Think } from '../traffic-model.ts';

import type { StepBlocks } from './blocks.ts';
import type { ScriptPart } from './scan.ts';
import type { Script } from './script.ts';
import { captured } from './statements.ts';

export type CommandPart = ScriptPart & { readonly kind: 'command' };

interface Reading {
  readonly script: Script;
  readonly blocks: StepBlocks;
}

/** A line that begins with a backslash (manual, pgbench, "Custom Scripts"). */
export function readCommand(command: CommandPart, reading: Reading): void {
  const known = COMMANDS.get(command.name);
  if (known !== undefined) {
    known(command, reading);
    return;
  }
  const { script } = reading;
  const refused = REFUSED.get(command.name);
  if (refused !== undefined) {
    script.complain(command.at, `\\${command.name} is not supported: ${refused.reason}`, refused.hint);
    return;
  }
  const names = [...COMMANDS.keys()].map((name) => `\\${name}`);
  const { hint } = didYouMean(`\\${command.name}`, names);
  script.complain(command.at, `there is no command \\${command.name}`, hint?.replaceAll('\\\\', '\\'));
}

const NO_SHELL = {
  reason: 'a script starts no programs',
  hint: 'compute the value with \\set, or give it under params',
};
const NO_PIPELINE = {
  reason: 'each statement waits for the answer of the one before',
  hint: 'remove it; the statements stay as they are',
};

const REFUSED: ReadonlyMap<string, { readonly reason: string; readonly hint: string }> = new Map([
  ['setshell', NO_SHELL],
  ['shell', NO_SHELL],
  [
    'aset',
    {
      reason: 'there are no combined statements here',
      hint: 'write \\gset after a statement that returns one row',
    },
  ],
  ['startpipeline', NO_PIPELINE],
  ['syncpipeline', NO_PIPELINE],
  ['endpipeline', NO_PIPELINE],
  [';', { reason: 'each statement is sent by itself', hint: 'end the statements with ; alone' }],
]);

const COMMANDS: ReadonlyMap<string, (command: CommandPart, reading: Reading) => void> = new Map([
  ['set', set],
  ['gset', gset],
  ['sleep', sleep],
  ['if', beginIf],
  ['elif', elif],
  ['else', block((blocks) => blocks.else())],
  ['endif', block((blocks) => blocks.endif())],
]);

function set(command: CommandPart, { script, blocks }: Reading): void {
  const [blank = '', name] = /^((?:\s|\\\r?\n)*)((?:(?!\\\r?\n)\S)+)/.exec(command.rest)?.slice(1) ?? [];
  if (name === undefined) {
    script.complain(command.at, '\\set without a variable', '\\set name expression');
    return;
  }
  const expression = readExpression(command, blank.length + name.length, script);
  if (script.set(name, command.at) && expression !== undefined)
    blocks.add({ kind: 'let', name, expression, location: script.location(command.at) });
}

/** From an offset in the rest of the command on. */
function readExpression({ rest, restAt }: CommandPart, from: number, script: Script): Expression | undefined {
  const text = rest.slice(from);
  const parsed = parseExpression(text);
  if (!parsed.ok) {
    const shown = text.slice(parsed.at).trim().slice(0, 20);
    const message = `not an expression: ${parsed.message}${shown === '' ? '' : ` at ${JSON.stringify(shown)}`}`;
    const at = restAt + from + text.slice(0, parsed.at).trimEnd().length;
    script.complain(at, message, text.includes('--') ? 'a comment has a line of its own' : undefined);
    return undefined;
  }
  const expression = withDefaultSeed(parsed.value, DEFAULT_SEED);
  script.use(variableNames(expression), restAt + from);
  return expression;
}

const DEFAULT_SEED = 'default_seed';

/** \gset directly after a statement. */
function gset(command: CommandPart, { script, blocks }: Reading): void {
  const [prefix = '', more] = wordsOf(command);
  if (more !== undefined) {
    script.complain(command.at, `\\gset takes one prefix, found ${JSON.stringify(more)} after it`);
    return;
  }
  const step = captured(blocks.last, prefix, script, command.at);
  if (step !== undefined) blocks.replaceLast(step);
}

function sleep(command: CommandPart, { script, blocks }: Reading): void {
  const think = parseSleep(wordsOf(command));
  if (think === undefined) {
    const found = JSON.stringify(`\\sleep ${wordsOf(command).join(' ')}`.trim()).replaceAll('\\\\', '\\');
    script.complain(
      command.at,
      `expected \\sleep, a whole number or :variable, and us, ms or s; found ${found}`,
    );
    return;
  }
  if (think.kind === 'variable') script.use([think.name], command.at);
  blocks.add({ kind: 'think', think });
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1_000],
]);

/** Seconds where no unit is given; the unit may stand directly after a number. */
function parseSleep(words: readonly string[]): Think | undefined {
  const [, number, name, unit = 's'] =
    /^(?:\+?(\d+)|:([a-z_\u0080-\uffff][\w\u0080-\uffff]*)(?= |$)) ?(\S+)?$/i.exec(words.join(' ')) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  if (factor === undefined) return undefined;
  if (name !== undefined) return { kind: 'variable', name, unit: milliseconds(factor) };
  return number === undefined
    ? undefined
    : { kind: 'constant', duration: milliseconds(Number(number) * factor) };
}

/** Stands for what could not be read, so that the blocks stay whole. */
const UNREAD: Expression = { kind: 'null' };

function beginIf(command: CommandPart, { script, blocks }: Reading): void {
  blocks.if(readExpression(command, 0, script) ?? UNREAD, script.location(command.at));
}

function elif(command: CommandPart, { script, blocks }: Reading): void {
  const mistake = blocks.elif(readExpression(command, 0, script) ?? UNREAD);
  if (mistake !== undefined) script.complain(command.at, mistake);
}

function block(change: (blocks: StepBlocks) => string | undefined) {
  return (command: CommandPart, { script, blocks }: Reading): void => {
    const [word] = wordsOf(command);
    const mistake =
      change(blocks) ??
      (word === undefined ? undefined : `\\${command.name} stands alone, found ${JSON.stringify(word)}`);
    if (mistake !== undefined) script.complain(command.at, mistake);
  };
}

const wordsOf = ({ rest }: CommandPart): readonly string[] =>
  rest
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
