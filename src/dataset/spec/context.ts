import { didYouMean, type Path } from '../../document/index.ts';
import type { ColumnType } from '../column-type.ts';

/** Takes an issue about a value of the dataset file. */
export type Report = (path: Path, message: string, hint?: string) => void;

/** What the interpretation of an entry may ask about the rest of the dataset. */
export interface Context {
  /** Microseconds since 2000. */
  readonly refDate: number;
  readonly report: Report;
  /** Of any column of the schema by its address, `orders.id`; undefined where there is none. */
  readonly typeAt: (address: string) => ColumnType | undefined;
  readonly addresses: readonly string[];
  /** Whether a statement of the schema that could not be read names them all: what they are is not known. */
  readonly isUnread: Unread;
}

export type Unread = (...names: readonly string[]) => boolean;

/** The hint of `didYouMean`, if there is one. */
export const nearest = (found: string, known: readonly string[]): string | undefined =>
  didYouMean(found, known).hint;
