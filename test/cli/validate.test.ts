import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { validate } from '#rooms/cli/validate.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearse-validate-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

it('a dataset that can not be made is not valid, and is told as other mistakes are', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  writeFileSync(join(folder, 'shop.sql'), 'CREATE TABLE a (flag boolean NOT NULL UNIQUE);');
  const file = join(folder, 'shop.yaml');
  writeFileSync(file, 'schema: ./shop.sql\ntables:\n  a: { rows: 10 }\n');
  expect(() => validate({ files: [file] })).toThrow('1 of 1 files are not valid');
  expect(String(written.mock.calls[0]?.[0])).toMatch(
    /shop\.yaml:3: tables\.a\.rows: a is to have 10 rows, but .* flag has only 2 values/,
  );
});
