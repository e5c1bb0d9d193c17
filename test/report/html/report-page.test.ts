import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';
import { html, parse, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it, test } from 'vitest';

import { htmlReport, junitReport, markdownSummary } from '#rooms/report/index.js';
import type { ReportFile } from '#rooms/result/index.js';

import { freeTexts, fullReport, withTexts } from './full-report.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
const SCRIPT = 'const page = "its own";';
const page = (report: ReportFile): string => htmlReport(report, { script: SCRIPT, sha256 });

type Element = DefaultTreeAdapterTypes.Element;

function elementsOf(text: string): readonly Element[] {
  const within = (node: DefaultTreeAdapterTypes.ParentNode): readonly Element[] =>
    node.childNodes.flatMap((child) => ('tagName' in child ? [child, ...within(child)] : []));
  return within(parse(text));
}

/** Names of elements and attributes in the order of the page: what markup in a text would change. */
const skeleton = (text: string): readonly string[] =>
  elementsOf(text)
    .map(({ tagName, attrs }) => [tagName, ...attrs.map(({ name }) => name)].join(' '))
    // A label inside a bar stands there only where it fits.
    .filter((names) => !names.startsWith('text class data-at'));

const textIn = ({ childNodes }: Element): string =>
  childNodes.map((child) => ('value' in child ? child.value : '')).join('');

const report = fullReport();
const paths = freeTexts(report);

/* Not of blanks alone, nor with line ends: an absent text and a second line may well change the page. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '</script><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        '</code></pre></li></ul></td></table></main></body></html>',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '</title><base href=//x>',
        '</style>',
        '</svg><foreignObject>',
        '<meta http-equiv=refresh content=0>',
        '&#60;script&#62;',
        'javascript:alert(1)',
        '${1}`',
        '\u0000\u202e\ud800',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `x${parts.join('').replace(/\s+/g, '')}x`);

describe('a page of hostile texts', () => {
  it('fills the report to the last text', () => {
    expect(paths.length).toBeGreaterThan(200);
  });

  it('has no element and no attribute of theirs', () => {
    const harmless = skeleton(page(withTexts(report, paths, 'xx')));
    fc.assert(
      fc.property(hostile, (text) => {
        const written = page(withTexts(report, paths, text));
        expect(skeleton(written)).toEqual(harmless);
        const scripts = elementsOf(written).filter(({ tagName }) => tagName === 'script');
        expect(scripts.map(({ attrs }) => attrs[0]?.value)).toEqual(['application/json', 'module']);
        expect(scripts.map(textIn)[1]).toBe(SCRIPT);
        expect(() => JSON.parse(scripts.map(textIn)[0] ?? '') as unknown).not.toThrow();
      }),
      { numRuns: 40 },
    );
  });

  it('leads nowhere and loads nothing', () => {
    const written = elementsOf(page(withTexts(report, paths, 'https://example.org/"x')));
    const names = written.flatMap(({ attrs }) => attrs.map(({ name }) => name));
    expect(names.filter((name) => /^(?:on|src|style|action|srcset)/.test(name))).toEqual([]);
    const links = written.flatMap(({ attrs }) => attrs.filter(({ name }) => name.endsWith('href')));
    expect(links.length).toBeGreaterThan(5);
    for (const { value } of links) expect(value).toMatch(/^#[\w-]+$/);
  });

  it('leaves junit.xml well-formed, and its cases as many', () => {
    const cases = (text: string): number => text.match(/<testcase /g)?.length ?? 0;
    const harmless = cases(junitReport(report));
    const parser = new XMLParser({ ignoreAttributes: false });
    fc.assert(
      fc.property(hostile, (text) => {
        const written = junitReport(withTexts(report, paths, text));
        expect(SyntaxValidator.validate(written)).toBe(true);
        expect(cases(written)).toBe(harmless);
        expect(Object.keys(parser.parse(written) as object)).toEqual(['?xml', 'testsuites']);
      }),
      { numRuns: 20 },
    );
  });

  it('leaves summary.md within a comment', () => {
    const written = markdownSummary(withTexts(report, paths, '<img src=x>'.repeat(300)));
    expect(written.length).toBeLessThan(65_536);
    expect(written.replaceAll(/`[^`\n]*`|```[^]*?```/g, '')).not.toContain('<img');
  });
});

describe('the policy of the page', () => {
  const written = page(report);
  const policy = elementsOf(written)
    .flatMap(({ attrs }) => attrs.map(({ value }) => value))
    .find((value) => value.startsWith("default-src 'none'"));

  it('allows its own script and style by their hashes, and nothing else', () => {
    const [style] = elementsOf(written).filter(({ tagName }) => tagName === 'style');
    expect(policy).toContain(`script-src 'sha256-${sha256(SCRIPT)}'`);
    expect(policy).toContain(`style-src 'sha256-${sha256(textIn(style!))}'`);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});

test('rows of whole tables are told as the estimates that they are', () => {
  const text = page(report);
  expect(text).toMatch(/rows before \(estimate\)[^]*rows after \(estimate\)/);
  expect(text).toContain('>about ');
  expect(text).not.toMatch(/MB, [\d,]+ rows\)/);
});

test('the document is one that a browser need not mend', () => {
  const errors: string[] = [];
  parse(page(report), { onParseError: ({ code }) => void errors.push(code) });
  expect(errors).toEqual([]);
  expect(elementsOf(page(report)).every(({ namespaceURI }) => namespaceURI !== html.NS.MATHML)).toBe(true);
});

test('every id stands once, and every reference leads to one', () => {
  const attrs = elementsOf(page(report)).flatMap((element) => element.attrs);
  const ids = attrs.filter(({ name }) => name === 'id').map(({ value }) => value);
  expect(new Set(ids).size).toBe(ids.length);
  const referred = attrs.flatMap(({ name, value }) =>
    name === 'href'
      ? [value.slice(1)]
      : name.startsWith('aria-labelledby') || name === 'aria-describedby'
        ? [value]
        : [],
  );
  for (const id of referred) expect(ids).toContain(id);
});

test('half an hour with many transactions and ten thousand lock waits stays below 2 MB', () => {
  const [point] = report.timeline.points;
  const [wait] = report.lockWaits;
  const [chain] = report.blockingChains;
  const long: ReportFile = {
    ...report,
    timeline: {
      interval: report.timeline.interval,
      points: Array.from({ length: 1_800 }, (_, index) => ({
        ...point!,
        at: (index * 1_000) as never,
        p50: (1 + Math.abs(Math.sin(index)) * 7.123) as never,
        p99: (30 + Math.abs(Math.sin(index * 7)) * 700.123) as never,
        completed: 300 + ((index * 7919) % 211),
      })),
    },
    phases: [{ ...report.phases[0]!, duration: 1_800_000 as never }],
    transactions: Array.from({ length: 60 }, (_, index) =>
      report.transactions.slice(0, 4).map((one) => ({ ...one, name: `transaction_${index}` })),
    ).flat(),
    lockWaits: Array.from({ length: 10_000 }, (_, index) => ({
      ...wait!,
      waiter: { ...wait!.waiter, query: `SELECT ${index}, ${'long '.repeat(60)}` },
    })),
    blockingChains: Array.from({ length: 500 }, () => chain!),
  };
  const written = page(long);
  expect(written.length).toBeLessThan(1_000_000);
  expect(written).toContain('more waits');
});

test('every drawing of the run has the same axis of time, and the stall stands under its cause', () => {
  const drawings = elementsOf(page(report))
    .map(({ attrs }) => new Map(attrs.map(({ name, value }) => [name, value])))
    .filter((attrs) => attrs.get('data-group') === 'run');
  const axes = new Set(drawings.map((attrs) => `${attrs.get('data-from')} to ${attrs.get('data-to')}`));
  expect(drawings.length).toBeGreaterThanOrEqual(8);
  expect([...axes]).toHaveLength(1);
});

test('what summary.md folds stands on the page as well', () => {
  const headings = elementsOf(page(report))
    .filter(({ tagName }) => tagName === 'h2')
    .map(textIn);
  for (const heading of [
    'Deadlocks',
    'Attempts, and what they cost the traffic',
    'Phases of index builds',
    'Each statement alone, before and after',
  ])
    expect(headings).toContain(heading);
});
