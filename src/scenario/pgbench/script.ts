import type { SourceFile } from '../../document/index.ts';
import type { Issue } from '../../errors.ts';
import type { Location } from '../location.ts';

/** A name that a script uses before it sets it, at its first use. */
export interface ScriptNeed {
  readonly name: string;
  readonly location: Location;
}

/** What is known of a script while it is read: its lines, its mistakes, its variables. */
export class Script {
  readonly needs: ScriptNeed[] = [];
  readonly #source: SourceFile;
  readonly #issues: Issue[];
  readonly #known = new Set<string>();
  /** Given or set. */
  readonly #variables: Set<string>;

  /** `given`: names that come with values from outside. */
  constructor(source: SourceFile, issues: Issue[], given: readonly string[]) {
    this.#source = source;
    this.#issues = issues;
    this.#variables = new Set(given);
  }

  location(at: number): Location & { readonly line: number } {
    return { file: this.#source.file, line: this.#source.text.slice(0, at).split('\n').length, path: '' };
  }

  /** `line`: counted from the place, which is on line 1. */
  complain(at: number, message: string, hint?: string, line = 1): void {
    const location = this.location(at);
    this.#issues.push({
      ...location,
      line: location.line + line - 1,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  use(names: readonly string[], at: number): void {
    for (const name of names.filter((one) => !this.#known.has(one))) {
      this.#known.add(name);
      this.needs.push({ name, location: this.location(at) });
    }
  }

  /** False, and told, where that is no name. */
  set(name: string, at: number): boolean {
    if (!VARIABLE.test(name)) {
      const message = `${JSON.stringify(name)} is no name for a variable`;
      this.complain(at, message, 'letters, digits and underscores, with no digit at the beginning');
      return false;
    }
    this.#known.add(name);
    this.#variables.add(name);
    return true;
  }

  isKnown(name: string): boolean {
    return this.#variables.has(name);
  }
}

const VARIABLE = /^[a-z_\u0080-\uffff][\w\u0080-\uffff]*$/i;
