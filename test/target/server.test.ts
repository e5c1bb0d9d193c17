import { describe, expect, it } from 'vitest';

import { parseVersion } from '#rooms/target/build.js';
import { parsePostmasterFile, settingComplaint } from '#rooms/target/server.js';
import { parseUserDatabase } from '#rooms/target/server-user.js';

describe('the version of a server', () => {
  it.each([
    ['postgres (PostgreSQL) 18.4', { version: '18.4', major: 18 }],
    ['postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n', { version: '15.13', major: 15 }],
    ['postgres (PostgreSQL) 18beta1', { version: '18beta1', major: 18 }],
    ['postgres (EnterpriseDB) 9', undefined],
    ['', undefined],
  ])('is read from %j', (report, version) => {
    expect(parseVersion(report)).toEqual(version);
  });
});

describe('postmaster.pid', () => {
  const LINES = ['4711', '/data', '1763837000', '40123', '', '127.0.0.1', '  1234567   3', 'ready   ', ''];

  it('tells who the server is and how far it is', () => {
    expect(parsePostmasterFile(LINES.join('\n'))).toEqual({ pid: 4711, status: 'ready' });
  });

  it('says nothing while it is being written', () => {
    for (let lines = 0; lines < 8; lines++) {
      expect(parsePostmasterFile(LINES.slice(0, lines).join('\n'))).toBeUndefined();
    }
    expect(parsePostmasterFile(['-1', ...LINES.slice(1)].join('\n'))).toBeUndefined();
  });
});

describe('the log of a server that did not start', () => {
  it.each([
    [
      '2026-01-01 UTC [7]  LOG:  unrecognized configuration parameter "no_such" in file "/home/x/server.conf" line 9\n' +
        '2026-01-01 UTC [7]  FATAL:  configuration file "/home/x/server.conf" contains errors',
      'unrecognized configuration parameter "no_such"',
    ],
    [
      'LOG:  invalid value for parameter "work_mem": "plenty"\n',
      'invalid value for parameter "work_mem": "plenty"',
    ],
    ['FATAL:  could not create shared memory segment: Cannot allocate memory\n', undefined],
    ['', undefined],
  ])('is searched for a setting: %j', (log, complaint) => {
    expect(settingComplaint(log)).toBe(complaint);
  });
});

describe('the user database', () => {
  it('gives the first entry of each name and passes over what is no entry', () => {
    const users = parseUserDatabase(
      '# comment\nroot:x:0:0:root:/root:/bin/sh\nnobody:*:65534:65533::/:\nnobody:x:1:1::/:\n+@netgroup\nodd:x:-2:-2::/:\n',
    );
    expect([...users]).toEqual([
      ['root', { uid: 0, gid: 0 }],
      ['nobody', { uid: 65534, gid: 65533 }],
    ]);
  });
});
