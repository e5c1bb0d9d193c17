import { formatIssue, type Issue } from '../errors.ts';

import type { Path } from './definition-tree.ts';

/**
 * The places of a file where something stands that could not be read. What is said about them, or because of them, is
 * no mistake of its own: only the first one is reported.
 */
export class Breaks {
  readonly #paths: Path[];

  constructor(paths: readonly Path[] = []) {
    this.#paths = [...paths];
  }

  add(path: Path): void {
    this.#paths.push(path);
  }

  /** The value, or one around it, could not be read. */
  at(path: Path): boolean {
    return this.#paths.some((broken) => isPrefix(broken, path));
  }

  /** The value itself could not be read. */
  exactly(path: Path): boolean {
    return this.#paths.some((broken) => broken.length === path.length && isPrefix(broken, path));
  }

  /** Keys directly under the path whose values could not be read, or that are not known. */
  keys(path: Path): readonly string[] {
    return this.#paths
      .filter((broken) => broken.length === path.length + 1 && isPrefix(path, broken))
      .map((broken) => String(broken.at(-1)));
  }

  /** Something there, around it or anywhere below could not be read. */
  touch(path: Path): boolean {
    return this.#paths.some((broken) => isPrefix(broken, path) || isPrefix(path, broken));
  }

  /** The same, for what stands under one key. */
  within(key: string): Breaks {
    return new Breaks(
      this.#paths.filter(([head]) => head === undefined || String(head) === key).map((path) => path.slice(1)),
    );
  }

  /** The issues without those about what could not be read in this file, each once. */
  withoutConsequences(issues: readonly Issue[], file: string): readonly Issue[] {
    const broken = this.#paths.map((path) => path.join('.'));
    const isOurs = (issue: Issue): boolean => issue.file === file || issue.file.startsWith('--set ');
    const isConsequence = (issue: Issue): boolean =>
      isOurs(issue) && broken.some((path) => path === '' || `${issue.path}.`.startsWith(`${path}.`));
    const isFirst = (issue: Issue, index: number): boolean =>
      issues.findIndex((other) => formatIssue(other) === formatIssue(issue)) === index;
    return issues.filter((issue, index) => !isConsequence(issue) && isFirst(issue, index));
  }
}

const isPrefix = (start: Path, path: Path): boolean =>
  start.length <= path.length && start.every((key, index) => String(key) === String(path[index]));
