import { expect, it } from 'vitest';

import { forTerminal } from '#rooms/cli/output.js';

it('what a terminal obeys does not reach it, but for colours', () => {
  expect(forTerminal('\u001b[1mdropped\u001b[0m bad\u001b]0;pwned\u0007 \u202ename\n')).toBe(
    '\u001b[1mdropped\u001b[0m bad\ufffd]0;pwned\ufffd \ufffdname\n',
  );
});
