import type { Expression } from '../../expression/index.ts';
import type { Location } from '../location.ts';
import type { TrafficStep } from '../traffic-model.ts';

interface OpenIf {
  readonly location: Location;
  readonly arms: { readonly condition: Expression; readonly steps: TrafficStep[] }[];
  /** undefined before \else. */
  otherwise: TrafficStep[] | undefined;
  /** Where the steps go on after \endif. */
  readonly outer: TrafficStep[];
}

/** The steps of a script, with every \if as one step. What is wrong is returned as a sentence. */
export class StepBlocks {
  readonly steps: TrafficStep[] = [];
  readonly #open: OpenIf[] = [];
  #current = this.steps;

  add(step: TrafficStep): void {
    this.#current.push(step);
  }

  /** The step before, in the same block. */
  get last(): TrafficStep | undefined {
    return this.#current.at(-1);
  }

  replaceLast(step: TrafficStep): void {
    this.#current.splice(-1, 1, step);
  }

  /** Of the blocks that are not closed, the inmost one. */
  get open(): Location | undefined {
    return this.#open.at(-1)?.location;
  }

  if(condition: Expression, location: Location): void {
    const steps: TrafficStep[] = [];
    this.#open.push({ location, arms: [{ condition, steps }], otherwise: undefined, outer: this.#current });
    this.#current = steps;
  }

  elif(condition: Expression): string | undefined {
    const open = this.#open.at(-1);
    if (open === undefined) return '\\elif without \\if';
    if (open.otherwise !== undefined) return '\\elif after \\else';
    const steps: TrafficStep[] = [];
    open.arms.push({ condition, steps });
    this.#current = steps;
    return undefined;
  }

  else(): string | undefined {
    const open = this.#open.at(-1);
    if (open === undefined) return '\\else without \\if';
    if (open.otherwise !== undefined) return '\\else after \\else';
    this.#current = open.otherwise = [];
    return undefined;
  }

  endif(): string | undefined {
    const open = this.#open.pop();
    if (open === undefined) return '\\endif without \\if';
    const { arms, otherwise = [], location, outer } = open;
    this.#current = outer;
    this.add({ kind: 'if', arms, otherwise, location });
    return undefined;
  }
}
