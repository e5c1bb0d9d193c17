import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';

export type Path = readonly PropertyKey[];

export interface Explained {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

type RawIssue = z.core.$ZodIssue;

/** Zod's issues in our grammar: expected, found, and a hint where a name is nearly right. */
export function explainIssues(issues: readonly RawIssue[], definition: z.ZodType): Explained[] {
  return issues.flatMap((issue) => explainIssue(issue, definition, []));
}

function explainIssue(issue: RawIssue, definition: z.ZodType, base: Path): Explained[] {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, keysAt(definition, path)));
    case 'invalid_union':
      return explainUnion(issue, definition, path);
    case 'invalid_type':
      return [
        {
          path,
          message:
            issue.input === undefined
              ? `required, but missing (expected ${issue.expected})`
              : expectedFound(issue.expected, issue.input),
        },
      ];
    case 'invalid_value':
      return [unknownValue(path, issue.values.map(String), issue.input)];
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) => explainIssue(inner, definition, path));
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'custom':
      return [{ path, message: issue.message }];
  }
}

/** Of a union's branches, the one whose shape the value has: a mistake inside it is what the writer made. */
function explainUnion(
  issue: RawIssue & { code: 'invalid_union' },
  definition: z.ZodType,
  path: Path,
): Explained[] {
  const branches = issue.errors.filter(
    (branch) => !branch.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
  );
  const nearest = branches.toSorted((one, other) => one.length - other.length)[0];
  if (nearest !== undefined && nearest.length > 0)
    return nearest.flatMap((inner) => explainIssue(inner, definition, path));
  const expected = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : [])),
  );
  if (expected.length === 0) return [{ path, message: issue.message }];
  return [{ path, message: expectedFound([...new Set(expected)].join(' or '), issue.input) }];
}

function expectedFound(expected: string, found: unknown): string {
  return found === undefined
    ? `required, but missing (expected ${expected})`
    : `expected ${expected}, found ${shown(found)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function unknownKey(key: string, path: Path, known: readonly string[]): Explained {
  return { path: [...path, key], message: `unknown key ${JSON.stringify(key)}`, ...didYouMean(key, known) };
}

function unknownValue(path: Path, known: readonly string[], found: unknown): Explained {
  const expected = known.length === 1 ? JSON.stringify(known[0]) : `one of ${known.join(', ')}`;
  return {
    path,
    message: expectedFound(expected, found),
    ...(typeof found === 'string' ? didYouMean(found, known) : {}),
  };
}

/** `{ hint: 'did you mean "rate"? …' }`, or what is known where nothing is near. */
export function didYouMean(found: string, known: readonly string[]): { readonly hint?: string } {
  if (known.length === 0) return {};
  const nearest = closest(found, [...known]);
  const list = known.length > 12 ? '' : `known here: ${known.join(', ')}`;
  if (isNear(found, nearest))
    return { hint: [`did you mean ${JSON.stringify(nearest)}?`, list].filter(Boolean).join(' ') };
  return list === '' ? {} : { hint: list };
}

function isNear(found: string, candidate: string): boolean {
  const shared = [...found.toLowerCase()].filter((char) => candidate.toLowerCase().includes(char)).length;
  return shared >= Math.min(found.length, candidate.length) * 0.6;
}

/** The keys that the definition allows at a path, over all branches of its unions. */
function keysAt(definition: z.ZodType, path: Path): string[] {
  let nodes: readonly Definition[] = [definition];
  for (const key of path)
    nodes = nodes.flatMap((node) => unwrapped(node)).flatMap((node) => stepInto(node, String(key)));
  return [
    ...new Set(nodes.flatMap((node) => unwrapped(node)).flatMap((node) => Object.keys(node.def.shape ?? {}))),
  ];
}

/** What this file needs of zod's introspection (`schema.def`). */
interface Definition {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Definition>>;
    readonly options?: readonly Definition[];
    readonly innerType?: Definition;
    readonly in?: Definition;
    readonly element?: Definition;
    readonly valueType?: Definition;
    readonly getter?: () => Definition;
  };
}

function unwrapped(node: Definition): readonly Definition[] {
  const { options, innerType, in: input, getter } = node.def;
  const inner = options ?? [innerType ?? input ?? getter?.()].filter((one) => one !== undefined);
  return inner.length === 0 ? [node] : inner.flatMap(unwrapped);
}

function stepInto(node: Definition, key: string): readonly Definition[] {
  const next = node.def.shape?.[key] ?? node.def.valueType ?? node.def.element;
  return next === undefined ? [] : [next];
}
