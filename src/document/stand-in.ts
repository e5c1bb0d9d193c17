import { inside, type Definition } from './definition-tree.ts';

/** One of them fits nearly every simple value. No file is called like the text. */
const PLAIN = ['?', 1, 0, true, '1s', '1/s', '1MB', '1d', {}, []];

/** A value that the definition takes; undefined where none was found, or where it takes a missing one only. */
export function standIn(node: Definition): unknown {
  const { entries = {}, values = [] } = node.def;
  const plain = [...PLAIN, ...Object.values(entries), ...values].find((value) => fits(node, value));
  if (plain !== undefined) return plain;
  // One after the other: a definition may have itself inside.
  for (const one of inside(node)) {
    const value = standIn(one);
    if (fits(node, value)) return value;
  }
  const value = composed(node);
  return fits(node, value) ? value : undefined;
}

const fits = (node: Definition, value: unknown): boolean =>
  value !== undefined && node.safeParse(value).success;

/** The least that an object, a list or a tuple must hold. */
function composed({ def: { shape, element, items } }: Definition): unknown {
  if (shape !== undefined) {
    const required = Object.entries(shape).filter(([, inner]) => !inner.safeParse(undefined).success);
    return Object.fromEntries(required.map(([key, inner]) => [key, standIn(inner)]));
  }
  return items?.map(standIn) ?? (element === undefined ? undefined : [standIn(element)]);
}
