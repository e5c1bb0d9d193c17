import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { die } from '#rooms/cli/die.js';
import { Failure } from '#rooms/errors.js';
import { LostConnection } from '#rooms/target/index.js';

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
  it('say what, where and what to do, and set the exit code', async () => {
    await die(new Failure('target.unavailable', { message: 'no', where: 'there', hint: 'look' }));
    expect(written).toBe('rehearse: there: no\n  hint: look\n');
    expect(process.exitCode).toBe(3);
  });

  it('of anything that is no failure are a bug', async () => {
    await die(new TypeError('x is undefined'));
    expect(written).toMatch(/^rehearse: x is undefined\n {2}hint: this is a defect of pg-rehearse/);
    expect(process.exitCode).toBe(1);
  });

  it('of a server are no defect of ours, and neither is a connection that is gone', async () => {
    const error = new pg.DatabaseError('permission denied for view pg_stat_activity', 0, 'error');
    error.code = '42501';
    await die(error);
    expect(written).toBe(
      'rehearse: the server refused what the harness asked of it: permission denied for view pg_stat_activity (SQLSTATE 42501)\n',
    );
    expect(process.exitCode).toBe(3);
    await die(new LostConnection('read ECONNRESET'));
    expect(written).toContain('the connection to the server was lost: read ECONNRESET');
    expect(process.exitCode).toBe(3);
    error.code = '42703';
    await die(error);
    expect(written).toContain('this is a defect of pg-rehearse');
  });

  it('hold nothing that a terminal obeys', async () => {
    await die(
      new Failure('usage', { message: 'found public.\u001b]0;pwned\u0007 in it,\n\tand \u202ethis' }),
    );
    expect(written).toBe('rehearse: found public.\ufffd]0;pwned\ufffd in it,\n\tand \ufffdthis\n');
  });

  it('repeat no password, neither in message, place and hint nor in the stack of the cause', async () => {
    vi.stubEnv('REHEARSE_DEBUG', '1');
    await die(
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
