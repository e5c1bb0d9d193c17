/** Always quoted: a name that needs no quotes is not harmed by them. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  const escaped = text.replaceAll("'", "''").replaceAll('\\', '\\\\');
  return text.includes('\\') ? ` E'${escaped}'` : `'${escaped}'`;
}

/** `schema.table`, or `table` where it is in `public`, as people write it. */
export function displayName(schema: string, name: string): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

/** Quotes a name as people write it: `orders` or `sales.orders`. */
export function quoteRelation(name: string): string {
  return name.split('.').map(quoteIdentifier).join('.');
}
