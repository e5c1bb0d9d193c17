import { oneLine, shorten } from './one-line.ts';
import type { Cell, Sheet } from './sheet.ts';

/**
 * Text without meaning to Markdown or HTML. `@` and `#` are broken by a zero-width space, so that a name in SQL
 * mentions nobody and links nothing.
 */
export const escaped = (text: string): string =>
  withoutLinks(withoutTags(oneLine(text)).replace(/[\\`*_[\]|~$]/g, (char) => `\\${char}`));

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

/** Of a line of text; longer ones are cut. */
export const MOST_LINE = 600;

export const bullets = (lines: readonly string[]): string =>
  lines.map((line) => `- ${escaped(shorten(line, MOST_LINE))}`).join('\n');

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

/** Empty where there are no rows. */
export const sheetText = ({ head, rows, most }: Sheet): string =>
  rows.length === 0
    ? ''
    : table(
        head.map((column) => column.head),
        rows.map((cells) => cells.map(cellText)),
        most,
      );

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escaped(cell);
  if ('code' in cell) return code(cell.code);
  return 'text' in cell ? escaped(cell.text) : cell.map(cellText).join('<br>');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** What stands between the tags of a summary is HTML to GitHub, not Markdown. */
export function details(summary: string, body: string): string {
  return `<details><summary>${withoutLinks(withoutTags(oneLine(summary)))}</summary>\n\n${body}\n\n</details>`;
}

const withoutTags = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const withoutLinks = (text: string): string => text.replace(/[@#](?=\w)/g, (char) => `${char}\u200b`);
