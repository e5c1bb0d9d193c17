/**
 * JSON in the form in which PostgreSQL prints a jsonb: keys by length, then bytewise; one blank after each colon
 * and comma. Undefined for what is no JSON.
 */
export function jsonbText(value: unknown): string | undefined {
  if (Array.isArray(value)) return `[${value.map((one: unknown) => jsonbText(one) ?? 'null').join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs: [string, unknown][] = Object.entries(value);
    const entries = pairs.toSorted(([one], [other]) => compareKeys(one, other));
    return `{${entries.map(([key, inner]) => `${jsonString(key)}: ${jsonbText(inner) ?? 'null'}`).join(', ')}}`;
  }
  if (typeof value === 'string') return jsonString(value);
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value)
    : undefined;
}

/** Quoted as PostgreSQL's escape_json does it. */
export const jsonString = (text: string): string => JSON.stringify(text);

/** The order of keys in a jsonb (lengthCompareJsonbStringValue). */
export function compareKeys(one: string, other: string): number {
  return (
    Buffer.byteLength(one) - Buffer.byteLength(other) || Buffer.compare(Buffer.from(one), Buffer.from(other))
  );
}
