import { quoteIdentifier } from '../postgres/index.ts';

/** A table as results name it, of what was written in SQL: `"public"."orders"` is `orders`. */
export const plainName = (written: string): string => written.replaceAll('"', '').replace(/^public\./, '');

/** An identifier in SQL, in quotes only where it has to be. */
export const plain = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
