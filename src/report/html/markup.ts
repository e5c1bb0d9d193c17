/*
 * `html`: the tagged template that every page is written with. Whatever stands in a hole is escaped, and a hole stands only where an
 * escaped text can do no harm: in text, or in a quoted attribute. `attributes` for those that may be absent, `dataBlock` for data that
 * scripts read, `textOf` for the finished text.
 */

const TEXT = Symbol('markup');

/** Text that is HTML already. Only this file makes it: no value that was read from a file can pass for it. */
export interface Markup {
  readonly [TEXT]: string;
}

/** Attributes of one element, for a hole inside its tag. */
export interface Attributes {
  readonly [ATTRIBUTES]: string;
}

const ATTRIBUTES = Symbol('attributes');

export type Content = Markup | string | number | undefined | readonly Content[];

const markup = (text: string): Markup => ({ [TEXT]: text });

export const NOTHING = markup('');

export const textOf = (of: Markup): string => of[TEXT];

export const isNothing = (of: Markup): boolean => of[TEXT] === '';

export function html(strings: TemplateStringsArray, ...holes: readonly (Content | Attributes)[]): Markup {
  const places = placesIn(strings);
  return markup(
    strings.reduce((text, part, index) => text + filled(holes[index - 1], places[index - 1]) + part),
  );
}

/** In the order given; undefined and false are left out, true stands without a value. */
export function attributes(of: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  const written = Object.entries(of).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    checkName(name, String(value));
    return value === true ? [` ${name}`] : [` ${name}="${escapedText(String(value))}"`];
  });
  return { [ATTRIBUTES]: written.join('') };
}

/** JSON for a script of the page, found by its id. No `<` is left in it, so that nothing inside can end the element. */
export function dataBlock(id: string, data: unknown): Markup {
  const json = JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return markup(`<script type="application/json" id="${escapedText(id)}">${json}</script>`);
}

/** Code of our own, never of a report. Throws where it would end its own element. */
export function ownCode(element: 'style' | 'script', code: string): Markup {
  if (/<\/(?:style|script)|<!--/i.test(code)) throw new Error(`code for <${element}> must not hold its end`);
  return markup(`<${element === 'script' ? 'script type="module"' : element}>${code}</${element}>`);
}

type Place = 'text' | 'value' | 'tag';

function filled(hole: Content | Attributes, place: Place | undefined): string {
  if (typeof hole === 'object' && ATTRIBUTES in hole) {
    if (place !== 'tag') throw new Error('attributes stand inside a tag');
    return hole[ATTRIBUTES];
  }
  if (place === 'text') return contentText(hole);
  if (place === 'value' && (typeof hole === 'string' || typeof hole === 'number'))
    return escapedText(`${hole}`);
  throw new Error('only text and numbers stand in an attribute, only attributes in a tag');
}

function contentText(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escapedText(String(content));
  return TEXT in content ? content[TEXT] : content.map(contentText).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * No markup is left, nor a character that a page may not hold: controls, halves of surrogate pairs, and the marks that turn the direction of
 * writing and so show a text other than it is (CVE-2021-42574).
 */
function escapedText(text: string): string {
  return text
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
    .replace(/[^\P{Cc}\n\r\t]|\p{Cs}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd');
}

const places = new WeakMap<TemplateStringsArray, readonly Place[]>();

/** Of each hole, by the text of the template alone. Throws for a template in which a hole could not be made safe. */
function placesIn(strings: TemplateStringsArray): readonly Place[] {
  const known = places.get(strings);
  if (known !== undefined) return known;
  let read = '';
  const found = strings.map((part, index) => {
    read += part;
    const place = placeAt(read);
    if (place === 'value') checkName(attributeAt(read), valueAt(read));
    read += index < strings.length - 1 ? 'x' : '';
    return place;
  });
  if (found.pop() !== 'text') throw new Error(`a template must end outside of its tags: ${read}`);
  places.set(strings, found);
  return found;
}

function placeAt(read: string): Place {
  if (/<(?:script|style)\b/i.test(read))
    throw new Error('scripts and styles are written by ownCode or dataBlock');
  let place: Place = 'text';
  for (const char of read) {
    if (place === 'text' && char === '<') place = 'tag';
    else if (place === 'tag' && char === '>') place = 'text';
    else if (place === 'tag' && char === "'") throw new Error('attributes are written in double quotes');
    else if (char === '"' && place !== 'text') place = place === 'tag' ? 'value' : 'tag';
  }
  return place;
}

const attributeAt = (read: string): string => /([^\s"]+)="[^"]*$/.exec(read)?.[1] ?? '';
const valueAt = (read: string): string => /"([^"]*)$/.exec(read)?.[1] ?? '';

/** Attributes whose value is more than text: addresses lead only into the page itself, code and style have no place. */
function checkName(name: string, value: string): void {
  const isAddress = /^(?:href|xlink:href|src|srcset|action|formaction|data|poster|ping)$/i.test(name);
  if (!/^[a-z][\w:-]*$/i.test(name) || /^(?:on|style$|srcdoc$)/i.test(name))
    throw new Error(`${name} is no attribute for a page`);
  if (isAddress && !value.startsWith('#')) throw new Error(`${name} must lead to a place of the page`);
}
