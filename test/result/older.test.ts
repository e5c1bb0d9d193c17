import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import { Failure } from '#rooms/errors.js';
import { htmlReport, junitReport, markdownSummary, terminalReport } from '#rooms/report/index.js';
import { readReport, writeReport } from '#rooms/result/index.js';

/* Files as they were written on the way to today's shape: of the commits 9144664, 7d39a98 and db12a0e, the intervals of the later two cut short. */

const folder = new URL('older/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const TOOLS = { script: '', sha256: () => 'c2hh' };

function renderAll(text: string): readonly string[] {
  const report = readReport(text, 'report.json');
  return [
    terminalReport(report, { color: false, width: 100, files: [] }),
    markdownSummary(report),
    htmlReport(report, TOOLS),
    junitReport(report),
    writeReport(report),
  ];
}

describe.each(readdirSync(folder))('an older report, %s', (name) => {
  const report = readReport(read(name), name);

  it('is judged as it was then', () => {
    expect(judge(report).verdict.kind).toBe(report.judgement?.verdict.kind);
  });

  it('is rendered in every format', () => {
    for (const text of renderAll(read(name))) expect(text).toContain('orders-add-column-naive');
  });

  it('keeps its load', () => {
    expect(report.scenario.workloads).toMatchObject([{ name: 'main', connections: 20, rate: 400 }]);
  });
});

test('a report of a newer version is refused, with what to do', () => {
  const text = read('first.json').replace('"schemaVersion": 1', '"schemaVersion": 2');
  expect(() => readReport(text, 'new.json')).toThrow(
    /new\.json has schema version 2, this pg-rehearse reads up to version 1/,
  );
});

test.each(['null', '[]', '3', '{}', '"report"', '{"schemaVersion":"1"}', '{"schemaVersion":0}'])(
  '%s is no report',
  (text) => {
    expect(() => readReport(text, 'x.json')).toThrow(/x\.json is not a report: expected .* schemaVersion/);
  },
);

/** A cut, and bytes that were overwritten: what disks and transfers do to files, and what a person may try. */
const damages = fc.record({
  length: fc.double({ min: 0, max: 1, noNaN: true }),
  isCut: fc.boolean(),
  changes: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 255 })), {
    maxLength: 6,
  }),
});

test('a damaged file is read, or refused with exit code 2', () => {
  const whole = Buffer.from(read('with-aftermath.json'));
  fc.assert(
    fc.property(damages, ({ length, isCut, changes }) => {
      const bytes = Buffer.from(isCut ? whole.subarray(0, Math.floor(length * whole.length)) : whole);
      for (const [place, byte] of changes)
        if (bytes.length > 0) bytes[Math.floor(place * bytes.length)] = byte;
      try {
        renderAll(bytes.toString('utf8'));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        expect(error.exitCode).toBe(2);
        expect(error.message).not.toBe('');
      }
    }),
    { numRuns: 100 },
  );
});

test('numbers of any size are rendered, or refused with exit code 2', () => {
  const text = read('with-aftermath.json');
  const numbers = [...text.matchAll(/(?<=: )-?\d[\d.]*(?=,?\n)/g)];
  fc.assert(
    fc.property(
      fc.nat({ max: numbers.length - 1 }),
      fc.constantFrom('0', '-1', '1e300', '-1e300', '9007199254740991', '1e-300', '0.5', '86400000'),
      (index, value) => {
        const { index: at, 0: found } = numbers[index]!;
        try {
          renderAll(`${text.slice(0, at)}${value}${text.slice(at + found.length)}`);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(error.exitCode).toBe(2);
        }
      },
    ),
    { numRuns: 40 },
  );
});
