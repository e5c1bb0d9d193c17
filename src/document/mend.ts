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
  const nodes = nodesAt(definition, path);
  const value = nodes.map(standIn).find((one) => one !== undefined);
  const key = path.at(-1);
  if (key === undefined) {
    if (value !== undefined) return value;
    throw new Failure('bug', { message: 'no stand-in was found for a whole file' });
  }
  const parent = path.slice(0, -1).reduce<unknown>(inner, root);
  if (!isContainer(parent)) return root;
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
  return root;
}

const inner = (value: unknown, key: PropertyKey): unknown =>
  isContainer(value) ? Reflect.get(value, key) : undefined;

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
