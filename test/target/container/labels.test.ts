import { expect, it } from 'vitest';

import { isLeftBehind, ownerLabels, OWNER_LABEL } from '#rooms/target/container/labels.js';

const DAY = 86_400_000;

it('what this process owns is never left behind', () => {
  expect(isLeftBehind(ownerLabels(), 7 * DAY)).toBe(false);
});

it('what a dead process of this host owned is, at once', () => {
  const [host = '', , , serial = ''] = (ownerLabels()[OWNER_LABEL] ?? '').split('-');
  expect(isLeftBehind({ [OWNER_LABEL]: `${host}-1-000000000000-${serial}` }, 0)).toBe(true);
});

it('on another host nobody knows: after a day', () => {
  const labels = { [OWNER_LABEL]: '00000000-1-000000000000-000000000000' };
  expect(isLeftBehind(labels, DAY / 2)).toBe(false);
  expect(isLeftBehind(labels, DAY * 2)).toBe(true);
});

it('what is not ours never is', () => {
  expect(isLeftBehind(undefined, 7 * DAY)).toBe(false);
  expect(isLeftBehind({ [OWNER_LABEL]: 'somebody' }, 7 * DAY)).toBe(false);
});
