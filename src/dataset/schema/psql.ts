/** Lines of pg_dump's plain output that only psql reads, and that change nothing about the schema. */
const HARMLESS = /^\\(restrict|unrestrict|connect|c|encoding|set|unset|echo|timing|pset|x)\b.*$/gm;

/** The rows of a dump: the dataset makes its own. */
const DATA = /^COPY\b[^;]*?\bFROM\s+stdin\b[^;]*;[^\n]*\n(?:[^]*?\n)??\\\.[ \t\r]*$/gim;

/** The SQL without them, every other line where it was. */
export function withoutPsqlLines(text: string): string {
  return text.replace(DATA, (rows) => '\n'.repeat(rows.split('\n').length - 1)).replace(HARMLESS, '');
}
