import { isMap, isScalar, LineCounter, parseDocument as parseYaml, type Document } from 'yaml';
import type { z } from 'zod';

import { messageOf, type Issue } from '../errors.ts';

import { Breaks } from './breaks.ts';
import type { Path } from './definition-tree.ts';
import { substituteEnvironment } from './environment.ts';
import { mend } from './mend.ts';
import type { SourceFile } from './source.ts';

/** A value from the command line that replaces what the file says: `--set traffic.rate=100/s`. */
export interface Override {
  readonly path: Path;
  readonly value: string;
  /** The option, as its place is told: `--set rate=5/s`, `--scale 0.1`. */
  readonly written: string;
}

export interface ParseSettings {
  readonly overrides?: readonly Override[];
  /** For `${NAME}`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface ReadDocument<Value> {
  /** What the file says; where there are issues, with stand-ins in the place of what could not be read. */
  readonly value: Value;
  /** Every mistake of form; none: the file is as its definition wants it. */
  readonly issues: readonly Issue[];
  readonly breaks: Breaks;
  /** An issue about the value at this path, with the line on which it stands. */
  readonly issueAt: (path: Path, message: string, hint?: string) => Issue;
}

/** YAML (and so JSON) in; the value that `definition` describes out, and every issue with its line. */
export function parseDocument<Definition extends z.ZodType>(
  source: SourceFile,
  definition: Definition,
  settings: ParseSettings = {},
): ReadDocument<z.output<Definition>> {
  const lines = new LineCounter();
  const document = parseYaml(source.text, { lineCounter: lines, prettyErrors: false });
  const overrides = settings.overrides ?? [];
  const overridden = new Map(overrides.map(({ path, written }) => [path.join('.'), written]));
  const issueAt = (path: Path, message: string, hint?: string): Issue => ({
    ...place({ document, lines, file: source.file, overridden }, path),
    path: path.join('.'),
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const syntax = syntaxIssues(document, lines, source);
  const misplaced = applyOverrides(document, overrides).filter(() => isReadable(document));
  const missing = substituteEnvironment(document, settings.environment ?? {});
  const { written, unreadable } = plainValue(document, issueAt);
  const breaks = new Breaks([
    ...(isReadable(document) && unreadable.length === 0 ? [] : [[]]),
    ...missing.map(({ path }) => path),
  ]);
  const { value, explained } = mend(written, definition, breaks);
  const issues = [
    ...syntax,
    ...unreadable,
    ...misplaced,
    ...missing.map(({ offset, name }) => unsetIssue(source.file, lines.linePos(offset).line, name)),
    ...explained.map(({ path, message, hint }) => issueAt(path, message, hint)),
  ];
  return { value, issues, breaks, issueAt };
}

/** Of a key that stands twice both values can be read; after any other mistake of syntax nobody knows what is meant. */
const isReadable = ({ errors }: Document): boolean => errors.every(({ code }) => code === 'DUPLICATE_KEY');

function unsetIssue(file: string, line: number, name: string): Issue {
  return {
    file,
    line,
    path: '',
    message: `the environment variable ${name} is not set`,
    hint: `set it before the command: ${name}=… rehearse …`,
  };
}

/** Aliases that multiply without end are refused by the YAML library. */
function plainValue(
  document: Document,
  issueAt: ReadDocument<unknown>['issueAt'],
): { readonly written: unknown; readonly unreadable: readonly Issue[] } {
  try {
    const written: unknown = document.toJS();
    return { written: written ?? {}, unreadable: [] };
  } catch (error) {
    const isReported = document.errors.length > 0;
    return { written: {}, unreadable: isReported ? [] : [issueAt([], messageOf(error))] };
  }
}

function syntaxIssues({ errors }: Document, lines: LineCounter, { file }: SourceFile): Issue[] {
  return errors.map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    path: '',
    message: `not YAML: ${error.message}`,
    hint: error.code === 'DUPLICATE_KEY' ? 'keep one of them' : YAML_HINT,
  }));
}

const YAML_HINT =
  'texts with a colon, a hash or a leading bracket or quote need quotes; SQL stands best after >-';

/** What a file says under a key, before anything is checked: to learn which other files belong to it. */
export function peek(source: SourceFile, key: string): unknown {
  const document = parseYaml(source.text, { prettyErrors: false });
  return isReadable(document) && isMap(document.contents) ? document.get(key) : undefined;
}

/** Returns those that find no place in the file. */
function applyOverrides(document: Document, overrides: readonly Override[]): Issue[] {
  return overrides.flatMap(({ path, value, written }) => {
    try {
      document.setIn(path.map(asKey), document.createNode(parseYaml(value).toJS()));
      return [];
    } catch (error) {
      return [
        {
          file: written,
          path: path.join('.'),
          message: `the file has no place for it: ${messageOf(error)}`,
          hint: 'only what the file writes as keys or as a list can be set in part; set the whole value instead',
        },
      ];
    }
  });
}

const asKey = (key: PropertyKey): unknown =>
  typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : key;

interface Whereabouts {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: string;
  readonly overridden: ReadonlyMap<string, string>;
}

/** The option for what came from the command line, else the line of the value, or of the nearest thing around it. */
function place({ document, lines, file, overridden }: Whereabouts, path: Path): Pick<Issue, 'file' | 'line'> {
  for (let length = path.length; length >= 0; length--) {
    const written = overridden.get(path.slice(0, length).join('.'));
    if (written !== undefined) return { file: written };
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return { file, line: lines.linePos(offset).line };
  }
  return { file, line: 1 };
}

function offsetOf(document: Document, path: Path): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNodeWithRange(node) ? node.range[0] : undefined;
}

function isNodeWithRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
