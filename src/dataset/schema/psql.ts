/** Lines of pg_dump's plain output that only psql reads, and that change nothing about the schema. */
const HARMLESS = /^\\(restrict|unrestrict|connect|c|encoding|set|unset|echo|timing|pset|x)\b.*$/gm;

/** The SQL without them, every other line where it was. */
export function withoutPsqlLines(text: string): string {
  return text.replace(HARMLESS, '');
}
