import fc from 'fast-check';
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it, test } from 'vitest';

import { attributes, dataBlock, html, ownCode, textOf } from '#rooms/report/html/markup.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '</p><script>x</script>',
    '" onload="x',
    "' onload='x",
    '<!--',
    '-->',
    ']]>',
    '&lt;',
    '\u202e',
  ),
);

const element = (fragment: DefaultTreeAdapterTypes.DocumentFragment): DefaultTreeAdapterTypes.Element =>
  fragment.childNodes[0] as DefaultTreeAdapterTypes.Element;

/** As a page may show it: what no page can hold has become U+FFFD, line ends are one character. */
const shown = (of: string): string =>
  of
    .replace(/[^\P{Cc}\n\r\t]|\p{Cs}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd')
    .replace(/\r\n?/g, '\n');

describe('html', () => {
  it('shows any text as it is, in text and in attributes', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const parsed = parseFragment(textOf(html`<b title="${one}">x${other}</b>`));
        expect(parsed.childNodes).toHaveLength(1);
        const { tagName, attrs, childNodes } = element(parsed);
        expect(tagName).toBe('b');
        expect(attrs).toEqual([{ name: 'title', value: shown(one) }]);
        expect(childNodes).toMatchObject([{ nodeName: '#text', value: shown(`x${other}`) }]);
      }),
    );
  });

  it('nests what is markup already, lists, and nothing', () => {
    expect(textOf(html`<p>${[html`<b>${1}</b>`, undefined, '&']}</p>`)).toBe('<p><b>1</b>&amp;</p>');
  });

  it('takes no object of a file for markup', () => {
    const forged = JSON.parse('{"description":"markup","text":"<script>"}') as never;
    expect(() => html`<p>${forged}</p>`).toThrow();
  });

  test.each([
    ['a name', () => html`<${'script'}></b>`],
    ['an attribute without quotes', () => html`<b title=${'x'}></b>`],
    ['an event handler', () => html`<b onclick="${'x'}"></b>`],
    ['a style', () => html`<b style="${'x'}"></b>`],
    ['an address', () => html`<a href="${'javascript:x'}"></a>`],
    [
      'a script',
      () =>
        html`<script>
          ${'x'};
        </script>`,
    ],
    ['an open tag', () => html`<b ${'x'}`],
    ['an attribute in single quotes', () => html(Object.assign(["<b title='", "'></b>"], { raw: [] }), 'x')],
  ])('has no place for a value in %s', (_, write) => {
    expect(write).toThrow();
  });
});

test('attributes may be absent, and are checked by name', () => {
  expect(textOf(html`<b${attributes({ id: '"', hidden: true, title: undefined, lang: false })}></b>`)).toBe(
    '<b id="&quot;" hidden></b>',
  );
  for (const name of ['onload', 'style', 'srcdoc', 'a b', 'x"'])
    expect(() => attributes({ [name]: 'x' })).toThrow();
  expect(() => attributes({ href: 'https://example.org' })).toThrow();
});

test('a data block holds any data, and never ends early', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom('</script>', '<!--<script>')), (value) => {
      const parsed = parseFragment(textOf(dataBlock('x', { [value]: value })));
      expect(parsed.childNodes).toHaveLength(1);
      const [json] = element(parsed).childNodes as DefaultTreeAdapterTypes.TextNode[];
      expect(JSON.parse(json?.value ?? '')).toEqual({ [value]: value });
    }),
  );
});

test('code that would end its element is refused', () => {
  expect(() => ownCode('script', 'const end = "</script>"')).toThrow();
  expect(textOf(ownCode('style', 'b > i { color: red }'))).toBe('<style>b > i { color: red }</style>');
});
