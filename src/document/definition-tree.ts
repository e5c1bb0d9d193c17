import type { z } from 'zod';

/* A way into a definition: which keys, descriptions and parts it has at a path. */

export type Path = readonly PropertyKey[];

/** The keys that the definition allows at a path, over all branches of its unions that what was found there may be of. */
export function keysAt(definition: z.ZodType, path: Path, found: unknown): string[] {
  const keys = nodesAt(definition, path)
    .flatMap(unwrapped)
    .filter((node) => isOfKind(node, found))
    .flatMap((node) => Object.keys(node.def.shape ?? {}));
  return [...new Set(keys)];
}

/** No literal of the branch, such as its `kind`, says otherwise. */
function isOfKind({ def: { shape = {} } }: Definition, found: unknown): boolean {
  if (typeof found !== 'object' || found === null) return true;
  return Object.entries(shape).every(([key, { def }]) => {
    return def.type !== 'literal' || (def.values ?? []).includes(Reflect.get(found, key));
  });
}

/** What the definition says about the value at a path. */
export function descriptionAt(definition: z.ZodType, path: Path): string | undefined {
  return nodesAt(definition, path)
    .flatMap(layers)
    .find(({ description }) => description !== undefined)?.description;
}

export function nodesAt(definition: z.ZodType, path: Path): readonly Definition[] {
  let nodes: readonly Definition[] = [definition];
  for (const key of path) nodes = nodes.flatMap(unwrapped).flatMap((node) => stepInto(node, String(key)));
  return nodes;
}

/** What is needed of zod's introspection (`schema.def`). */
export interface Definition {
  readonly description?: string | undefined;
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Definition>>;
    readonly options?: readonly Definition[];
    readonly innerType?: Definition;
    readonly in?: Definition;
    readonly element?: Definition;
    readonly items?: readonly Definition[];
    readonly entries?: Readonly<Record<string, unknown>>;
    readonly values?: readonly unknown[];
    readonly valueType?: Definition;
    readonly getter?: () => Definition;
  };
  readonly safeParse: (value: unknown) => { readonly success: boolean };
}

/** What stands inside: the branches of a union, the inside of an optional value. */
export function inside({
  def: { options, innerType, in: input, getter },
}: Definition): readonly Definition[] {
  return options ?? [innerType ?? input ?? getter?.()].filter((one) => one !== undefined);
}

function unwrapped(node: Definition): readonly Definition[] {
  const inner = inside(node);
  return inner.length === 0 ? [node] : inner.flatMap(unwrapped);
}

/** The node and everything that stands inside it, from the outside in. */
const layers = (node: Definition): readonly Definition[] => [node, ...inside(node).flatMap(layers)];

function stepInto(node: Definition, key: string): readonly Definition[] {
  const { shape = {} } = node.def;
  // A key such as `constructor` is none of the definition's because every object has one.
  const next =
    (Object.hasOwn(shape, key) ? shape[key] : undefined) ??
    node.def.valueType ??
    (/^\d+$/.test(key) ? (node.def.items?.[Number(key)] ?? node.def.element) : undefined);
  return next === undefined ? [] : [next];
}
