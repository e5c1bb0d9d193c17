import { isPair, isScalar, isSeq, visit, type Document } from 'yaml';

import type { Path } from './definition-tree.ts';

export interface MissingVariable {
  readonly name: string;
  readonly offset: number;
  /** Of the text in which it stands. */
  readonly path: Path;
}

/** A command is the shell's: there `${DATABASE_URL}` must be the rehearsal's server, not what the caller has. */
const isShellText = (parent: unknown): boolean =>
  isPair(parent) && isScalar(parent.key) && parent.key.value === 'command';

/** Only where written `${NAME}`; `$$` and a lone `$1` are left to SQL. */
export function substituteEnvironment(
  document: Document,
  environment: Readonly<Record<string, string | undefined>>,
): MissingVariable[] {
  const missing: MissingVariable[] = [];
  visit(document, {
    Scalar(_, node, ancestors) {
      if (typeof node.value !== 'string' || isShellText(ancestors.at(-1))) return;
      node.value = node.value.replace(/\$\{([A-Za-z_]\w*)\}/g, (written, name: string) => {
        const value = environment[name];
        if (value === undefined)
          missing.push({ name, offset: node.range?.[0] ?? 0, path: pathOf([...ancestors, node]) });
        return value ?? written;
      });
    },
  });
  return missing;
}

/** Keys and positions on the way to the last of these nodes, each of which stands inside the one before it. */
function pathOf(way: readonly unknown[]): Path {
  return way.flatMap((node, index): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(way[index + 1])] : [];
  });
}
