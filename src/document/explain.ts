import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

import { descriptionAt, keysAt, type Path } from './definition-tree.ts';

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
      return issue.keys.map((key) => unknownKey(key, path, keysAt(definition, path, issue.input)));
    case 'invalid_union':
      return explainUnion(issue, definition, path);
    case 'invalid_type':
      return [wrongType(issue, expectations(issue), definition, path)];
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
      return [{ path, message: outOfBounds(issue) }];
  }
}

/** Of a union's branches, the one whose shape the value has: a mistake inside it is what the writer made. */
function explainUnion(issue: UnionIssue, definition: z.ZodType, path: Path): Explained[] {
  if (issue.discriminator !== undefined) return [unknownValue(path, kindsOf(issue), kindIn(issue))];
  const branches = issue.errors.filter((branch) => !branch.some(isOtherShape));
  const nearest = branches.toSorted(
    (one, other) => strangers(one) - strangers(other) || one.length - other.length,
  )[0];
  if (ownWords(issue) === undefined && nearest !== undefined && nearest.length > 0)
    return nearest.flatMap((inner) => explainIssue(inner, definition, path));
  return [wrongType(issue, expectations(issue), definition, path)];
}

type UnionIssue = RawIssue & { code: 'invalid_union' };

/** What the key that tells the branches apart may say. */
const kindsOf = (issue: UnionIssue): readonly string[] =>
  'options' in issue ? (issue.options ?? []).map(String) : [];

/** Zod gives the whole object. */
const kindIn = ({ input, discriminator = '' }: UnionIssue): unknown =>
  typeof input === 'object' && input !== null ? Reflect.get(input, discriminator) : undefined;

/** Keys of the value itself that the branch does not know: it is not the one that was meant. */
const strangers = (branch: readonly RawIssue[]): number =>
  branch.reduce(
    (sum, issue) =>
      sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
    0,
  );

/** The value is of another kind altogether: an object where a text was expected. */
function isOtherShape(issue: RawIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(isOtherShape));
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.input !== 'string');
}

function outOfBounds(issue: RawIssue): string {
  return issue.code === 'too_small' && issue.origin === 'array' && ownWords(issue) === undefined
    ? expectedFound(`a list of at least ${issue.minimum}`, issue.input)
    : issue.message;
}

/** What would have been right, a phrase for each possibility. */
function expectations(issue: RawIssue): readonly string[] {
  const [, own] = /^expected (.*?)(?:, found .*)?$/s.exec(ownWords(issue) ?? '') ?? [];
  if (own !== undefined) return [own];
  if (issue.code === 'invalid_type') return [issue.expected === 'record' ? 'object' : issue.expected];
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(expectations) : [];
}

/** The message that a definition gives itself, not zod's. */
const ownWords = ({ message }: RawIssue): string | undefined =>
  /^(?:Invalid|Too small)\b/.test(message) ? undefined : message;

function wrongType(
  { input }: RawIssue,
  expected: readonly string[],
  definition: z.ZodType,
  path: Path,
): Explained {
  const hint = descriptionAt(definition, path);
  return {
    path,
    message: expectedFound([...new Set(expected)].join(' or '), input),
    ...(hint === undefined ? {} : { hint }),
  };
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

/** A typing mistake or two, more in a long name. */
const isNear = (found: string, candidate: string): boolean =>
  distance(found.toLowerCase(), candidate.toLowerCase()) <= Math.max(2, Math.floor(found.length / 3));
