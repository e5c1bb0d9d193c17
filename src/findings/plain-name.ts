/** A table as results name it, of what was written in SQL: `"public"."orders"` is `orders`. */
export const plainName = (written: string): string => written.replaceAll('"', '').replace(/^public\./, '');
