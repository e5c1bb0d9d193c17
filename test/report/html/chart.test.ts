import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { positionsOn, type Axis } from '#rooms/report/html/axis.js';
import { chartFigure } from '#rooms/report/html/chart.js';
import { decimate, type Point } from '#rooms/report/html/decimate.js';
import { textOf } from '#rooms/report/html/markup.js';
import { PAGE_STYLE } from '#rooms/report/html/page-style.js';
import { TONES } from '#rooms/report/html/tone.js';

const values = fc.array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }), {
  maxLength: 600,
});
const inOrder = (of: readonly (number | undefined)[]): readonly Point[] => of.map((y, x) => [x, y]);

describe('decimate', () => {
  it('keeps the ends and the extremes, invents nothing, and fits', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 40 }), (some, columns) => {
        const points = inOrder(some);
        const kept = decimate(points, columns);
        expect(kept.length).toBeLessThanOrEqual(Math.max(4 * columns, 5 * (columns + 1)));
        expect(kept.every((point) => points.includes(point))).toBe(true);
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        const measured = (of: readonly Point[]) => of.flatMap(([, y]) => y ?? []);
        expect(Math.max(...measured(kept))).toBe(Math.max(...measured(points)));
        expect(Math.min(...measured(kept))).toBe(Math.min(...measured(points)));
      }),
    );
  });

  it('leaves what fits as it is', () => {
    const points = inOrder([1, undefined, 3]);
    expect(decimate(points, 300)).toBe(points);
  });
});

const axis = (kind: Axis['kind']): Axis => ({ kind, label: '', format: String, from: 0 });

describe.each(['linear', 'log', 'elapsed'] as const)('an axis of kind %s', (kind) => {
  it('holds every value, and its ticks lie on it', () => {
    const numbers = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(numbers, (some) => {
        const { at, ticks } = positionsOn(axis(kind), some, 400, 60);
        for (const value of some) {
          expect(at(value)).toBeGreaterThanOrEqual(-0.001);
          expect(at(value)).toBeLessThanOrEqual(400.001);
        }
        expect(ticks.length).toBeLessThanOrEqual(20);
        for (const tick of ticks) expect(tick.at).toBeGreaterThanOrEqual(-0.5);
      }),
    );
  });
});

test('an axis counts time as people do', () => {
  const labels = (to: number) =>
    positionsOn({ ...axis('elapsed'), to }, [], 900, 90).ticks.map(({ label }) => Number(label));
  expect(labels(23_000)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  expect(labels(1_800_000)).toEqual([0, 300_000, 600_000, 900_000, 1_200_000, 1_500_000, 1_800_000]);
});

test('a chart without data is still a chart, and never says NaN', () => {
  for (const kind of ['linear', 'log', 'elapsed', 'date'] as const) {
    const chart = chartFigure({
      id: 'empty',
      title: 'Nothing',
      description: 'There is nothing.',
      x: { kind, label: 'x', format: String },
      y: { kind: 'linear', label: 'y', format: String },
      series: [{ name: 'none', tone: 'blue', shape: 'line', points: [] }],
    });
    expect(textOf(chart)).not.toMatch(/NaN|undefined|Infinity/);
    expect(textOf(chart)).toMatch(/role="img"[^]*<title id="empty-wide-title">Nothing<\/title>/);
  }
});

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test('texts can be read in light and dark, and so can those inside of bars (WCAG AA)', () => {
  const themes = [...PAGE_STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, rules = '']) =>
    Object.fromEntries(
      [...rules.matchAll(/--(\w+): (#\w{6})\b/g)].map(([, name = '', value = '']): [string, string] => [
        name,
        value,
      ]),
    ),
  );
  const [light, dark] = themes;
  expect(light).toMatchObject(TONES);
  for (const theme of [light, dark])
    for (const name of [...Object.keys(TONES), 'text', 'soft', 'green'])
      for (const ground of ['page', 'card'])
        expect([name, contrast(theme![name]!, theme![ground]!) >= 4.5]).toEqual([name, true]);
});

test('an exact axis ends where it is told to, whatever lies beyond', () => {
  const to = fc.integer({ min: 1, max: 1e6 });
  fc.assert(
    fc.property(to, fc.array(fc.integer({ min: 0, max: 2e6 })), (end, some) => {
      const { at, domain } = positionsOn({ ...axis('elapsed'), to: end, exact: true }, some, 400, 60);
      expect(domain).toEqual([0, end]);
      for (const value of some) expect(at(value)).toBeLessThanOrEqual(400);
    }),
  );
});
