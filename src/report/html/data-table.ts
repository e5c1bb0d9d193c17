import type { Cell, Sheet, SheetColumn } from '../sheet.ts';

import { attributes, html, isNothing, NOTHING, type Content, type Markup } from './markup.ts';

/* `dataTable`: a table that scrolls by itself where the window is narrow; `sheetTable`: the same of a `Sheet`; `part`: a heading with what belongs to it; `code`, `sql`. */

export interface TableOptions {
  /** What the table is, for screen readers. */
  readonly caption: string;
  /** Rows shown at most; the last line says how many are left out. */
  readonly most?: number;
  /** The first cell of each row names the row; unless false. */
  readonly named?: boolean;
}

/** Empty where there are no rows. */
export function dataTable(
  columns: readonly SheetColumn[],
  rows: readonly (readonly Content[])[],
  { caption, most = 50, named = true }: TableOptions,
): Markup {
  if (rows.length === 0) return NOTHING;
  const more = rows.length - most;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(({ head, numeric }) => html`<th scope="col" ${numbers(numeric)}>${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, most).map(
            (cells) =>
              html`<tr>
                ${cells.map((cell, index) => cellMarkup(cell, columns[index], named && index === 0))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="more">… and ${more} more in report.json.</p>` : NOTHING}`;
}

export const sheetTable = ({ head, rows, most }: Sheet, options: Omit<TableOptions, 'most'>): Markup =>
  dataTable(
    head,
    rows.map((cells) => cells.map(sheetCell)),
    { ...options, most },
  );

function sheetCell(cell: Cell): Content {
  if (typeof cell === 'string') return cell;
  if ('code' in cell) return cell.code === '' ? '' : code(cell.code);
  if ('text' in cell) return html`<span class="${cell.tone}">${cell.text}</span>`;
  return cell.map((line) => html`<div>${sheetCell(line)}</div>`);
}

function cellMarkup(cell: Content, column: SheetColumn | undefined, isName: boolean): Markup {
  return isName
    ? html`<th scope="row" ${numbers(column?.numeric)}>${cell}</th>`
    : html`<td${numbers(column?.numeric)}>${cell}</td>`;
}

const numbers = (numeric: boolean | undefined) =>
  attributes({ class: numeric === true ? 'number' : undefined });

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly markup: Markup;
  /** It has nothing to tell in this report. */
  readonly isEmpty: boolean;
}

/** A heading with what belongs to it. */
export function part(id: string, title: string, content: Markup): Part {
  return {
    id,
    title,
    isEmpty: isNothing(content),
    markup: html`<section id="${id}" aria-labelledby="${id}-title">
      <h2 id="${id}-title">${title}</h2>
      ${content}
    </section>`,
  };
}

/** Empty where there are none. */
export const listed = (lines: readonly string[]): Markup =>
  lines.length === 0
    ? NOTHING
    : html`<ul>
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`;

const LONG = 40;

/** In a table a long one gets a column wide enough to be read. */
export const code = (text: string): Markup =>
  html`<code class="${text.length > LONG ? 'long' : 'short'}">${text}</code>`;

/** Lines as they are: a `<pre>` keeps every blank, so nothing stands between its tags but the text. */
export const sql = (text: string): Markup => html`<pre tabindex="0"><code>${text}</code></pre>`;
