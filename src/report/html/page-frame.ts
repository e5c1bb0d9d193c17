import { html, NOTHING, ownCode, textOf, type Markup } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';

/*
 * `pageText`: the frame of every page: head, style, Content-Security-Policy, body, script. `Page` is what it frames, `PageTools` what the edge
 * hands in, because this room reads no files and knows no hashes (`cli/page-tools.ts`).
 */

export interface Page {
  readonly title: string;
  /** Everything between `<main>` and `</main>`. */
  readonly body: Markup;
}

export interface PageTools {
  /** What the page does where scripts may run; empty: none. It is complete without. */
  readonly script: string;
  /** SHA-256 of a text in base64, for the policy. */
  readonly sha256: (text: string) => string;
}

export function pageText({ title, body }: Page, { script, sha256 }: PageTools): string {
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy({ script, sha256 })}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="generator" content="pg-rehearse" />
      <title>${title}</title>
      ${ownCode('style', PAGE_STYLE)}
    </head>
    <body>
      <main>${body}</main>
      ${script === '' ? NOTHING : ownCode('script', script)}
    </body>
  </html> `;
  return `<!doctype html>\n${textOf(page)}`;
}

/** Nothing is loaded, nothing is sent; only this very style and this very script count (Content Security Policy Level 3, 2.3.1). */
function policy({ script, sha256 }: PageTools): string {
  return [
    `default-src 'none'`,
    `style-src 'sha256-${sha256(PAGE_STYLE)}'`,
    ...(script === '' ? [] : [`script-src 'sha256-${sha256(script)}'`]),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}
