import { expect, it } from 'vitest';

import { targetOf } from '#rooms/cli/target.js';

const OPTIONS = { pgBin: undefined, keep: false, tolerate: [], inPlace: { kind: 'without-rights' } } as const;

it.each(['postgres://me@staging/shop', 'host=staging dbname=shop', 'container:postgres:16'])(
  '--pg-bin does not go with %s',
  (target) => {
    expect(() => targetOf(target, { ...OPTIONS, pgBin: '/usr/lib/postgresql/15/bin' })).toThrow('--pg-bin');
    expect(targetOf(target, OPTIONS).kind).not.toBe('own');
  },
);
