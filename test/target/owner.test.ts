import { describe, expect, it } from 'vitest';

import { isAbandoned, ownedName, parseOwnedName, thisWitness, type Witness } from '#rooms/target/owner.js';
import { milliseconds } from '#rooms/units.js';

const HOUR = 3_600_000;
const OWNER = { host: '0a0b0c0d', pid: 42, birth: 'aaaaaaaaaaaa' };
const witness = (births: Readonly<Record<number, string>>, host = OWNER.host): Witness => ({
  host,
  birthOf: (pid) => births[pid],
});

describe('the name of a directory', () => {
  it('is new each time and leads back to the living process that made it', () => {
    const name = ownedName();
    const owner = parseOwnedName(name);
    expect(ownedName()).not.toBe(name);
    expect(owner?.pid).toBe(process.pid);
    expect(owner !== undefined && isAbandoned(owner, milliseconds(100 * HOUR), thisWitness())).toBe(false);
  });

  it.each(['', 'shop.pg18-0a0b0c0d', '0a0b0c0d-42-aaaaaaaaaaaa', 'lost+found', `${ownedName()}x`])(
    'is not for us to touch: %j',
    (name) => {
      expect(parseOwnedName(name)).toBeUndefined();
    },
  );
});

describe('a directory is abandoned', () => {
  it('when its process is gone, or the pid now belongs to another one', () => {
    expect(isAbandoned(OWNER, milliseconds(0), witness({}))).toBe(true);
    expect(isAbandoned(OWNER, milliseconds(0), witness({ 42: 'bbbbbbbbbbbb' }))).toBe(true);
    expect(isAbandoned(OWNER, milliseconds(9 * HOUR), witness({ 42: OWNER.birth }))).toBe(false);
  });

  it('on another host only when nothing has touched it for an hour', () => {
    const elsewhere = witness({ 42: OWNER.birth }, 'ffffffff');
    expect(isAbandoned(OWNER, milliseconds(HOUR / 2), elsewhere)).toBe(false);
    expect(isAbandoned(OWNER, milliseconds(2 * HOUR), elsewhere)).toBe(true);
  });
});
