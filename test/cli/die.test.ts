import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { die } from '#rooms/cli/die.js';
import { Failure } from '#rooms/errors.js';

let written: string;
const exitCode = process.exitCode;

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => {
  process.exitCode = exitCode;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const URL = 'postgres://boss:hunter2@db/shop';

describe('the last words', () => {
  it('say what, where and what to do, and set the exit code', () => {
    die(new Failure('target.unavailable', { message: 'no', where: 'there', hint: 'look' }));
    expect(written).toBe('rehearse: there: no\n  hint: look\n');
    expect(process.exitCode).toBe(3);
  });

  it('of anything that is no failure are a bug', () => {
    die(new TypeError('x is undefined'));
    expect(written).toMatch(/^rehearse: x is undefined\n {2}hint: this is a defect of pg-rehearse/);
    expect(process.exitCode).toBe(1);
  });

  it('repeat no password, neither in message, place and hint nor in the stack of the cause', () => {
    vi.stubEnv('REHEARSE_DEBUG', '1');
    die(
      new Failure('usage', {
        message: `no ${URL}`,
        where: URL,
        hint: `password=hunter2`,
        cause: new Error(URL),
      }),
    );
    expect(written).toContain('postgres://boss:***@db/shop');
    expect(written).toMatch(/\n +at /);
    expect(written).not.toContain('hunter2');
  });
});
