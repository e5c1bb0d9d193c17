import { oneLine, shorten } from './one-line.ts';

/**
 * Text without meaning to Markdown or HTML. `@` and `#` are broken by a zero-width space, so that a name in SQL
 * mentions nobody and links nothing.
 */
export function escaped(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~$]/g, (char) => `\\${char}`)
    .replace(/[@#](?=\w)/g, (char) => `${char}\u200b`);
}

/** A code span that also stands in a table cell; the fence is longer than any run of backticks inside. */
export function code(text: string, width = 120): string {
  const line = shorten(text, width);
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return line === '' ? '' : `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`;
}

export function sqlBlock(lines: readonly string[]): string {
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [`${fence}sql`, ...lines.map((line) => shorten(line, 300)), fence].join('\n');
}

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));

/** Cells are Markdown already. At most `most` rows; the last line says how many are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most = 30): string {
  const shown = rows.slice(0, most);
  const more = rows.length - shown.length;
  return [
    row(head),
    row(head.map(() => '---')),
    ...shown.map(row),
    ...(more > 0 ? ['', `… and ${more} more in \`report.json\`.`] : []),
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function details(summary: string, body: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n\n${body}\n\n</details>`;
}
