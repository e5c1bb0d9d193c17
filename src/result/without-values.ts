import { maskLiterals, maskValues } from '../postgres/index.ts';

import type { Result } from './result.ts';

/** Keys of texts that the server or a migration tool wrote. */
const TOLD = ['message', 'detail', 'error', 'output', 'warnings'];

/**
 * A result that holds no value of a row or a parameter as far as the server says in its own words what is one. Statements stay as
 * the scenario writes them; those of sessions that are nobody's of the run lose their literals.
 */
export function withoutValues(result: Result): Result {
  return mapped(result, '') as Result; // in the place of every text is a text
}

function mapped(value: unknown, key: string): unknown {
  if (typeof value === 'string') return TOLD.includes(key) ? maskValues(value) : value;
  if (Array.isArray(value)) return value.map((item) => mapped(item, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, mapped(part, name)] as const);
  return isStranger(value)
    ? { ...Object.fromEntries(entries), query: maskLiterals(value.query) }
    : Object.fromEntries(entries);
}

/** A `SessionLabel` of somebody who has nothing to do with the run. */
const isStranger = (value: object): value is { readonly query: string } =>
  'kind' in value && value.kind === 'other' && 'query' in value && typeof value.query === 'string';
