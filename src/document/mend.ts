import type { z } from 'zod';

import { Failure } from '../errors.ts';

import { Breaks } from './breaks.ts';
import { nodesAt, type Path } from './definition-tree.ts';
import { explainIssues, type Explained } from './explain.ts';
import { standIn } from './stand-in.ts';

export interface Mended<Value> {
  readonly value: Value;
  /** The mistakes of form, each once. */
  readonly explained: readonly Explained[];
}

/**
 * The value that the definition describes, whatever is written: unknown keys are left out, and stand-ins take the place
 * of what does not fit, so that everything else can be checked further. Each such place is added to `breaks`.
 */
export function mend<Definition extends z.ZodType>(
  written: unknown,
  definition: Definition,
  breaks: Breaks,
): Mended<z.output<Definition>> {
  const explained: Explained[] = [];
  const replacedBefore = new Breaks();
  let current = written;
  for (;;) {
    const parsed = definition.safeParse(current, { reportInput: true });
    if (parsed.success) return { value: parsed.data, explained };
    const found = explainIssues(parsed.error.issues, definition);
    explained.push(...found.filter(({ path }) => !breaks.at(path)));
    for (const path of outermost(found.map((one) => widened(one.path, replacedBefore)))) {
      current = replaced(current, path, definition);
      replacedBefore.add(path);
      breaks.add(path);
    }
  }
}

/** Where a stand-in did not help, what is around it goes too; at the end the whole file. */
function widened(path: Path, before: Breaks): Path {
  return path.length > 0 && before.exactly(path) ? widened(path.slice(0, -1), before) : path;
}

/** Each once, and none inside another. */
function outermost(paths: readonly Path[]): readonly Path[] {
  const chosen = new Breaks();
  return paths
    .toSorted((one, other) => one.length - other.length)
    .filter((path) => {
      const isNew = !chosen.at(path);
      chosen.add(path);
      return isNew;
    });
}

function replaced(root: unknown, path: Path, definition: z.ZodType): unknown {
  const values = [...new Set(nodesAt(definition, path).map(standIn))].filter((value) => value !== undefined);
  const key = path.at(-1);
  if (key === undefined) {
    if (values.length > 0) return values[0];
    throw new Failure('bug', { message: 'no stand-in was found for a whole file' });
  }
  const parent = path.slice(0, -1).reduce<unknown>(inner, root);
  if (!isContainer(parent)) return root;
  if (values.length === 0) Reflect.deleteProperty(parent, key);
  const mistakes = (value: unknown): number => {
    Reflect.set(parent, key, value);
    return definition.safeParse(root).error?.issues.length ?? 0;
  };
  if (values.length > 0) Reflect.set(parent, key, nearest(values, mistakes));
  return root;
}

/** Of a union's kinds, the one that fits what is written beside it: the others would find mistakes that nobody made. */
function nearest(values: readonly unknown[], mistakes: (value: unknown) => number): unknown {
  if (values.length === 1) return values[0];
  const counted = values.map((value) => ({ value, left: mistakes(value) }));
  return counted.toSorted((one, other) => one.left - other.left)[0]?.value;
}

const inner = (value: unknown, key: PropertyKey): unknown =>
  isContainer(value) ? Reflect.get(value, key) : undefined;

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
