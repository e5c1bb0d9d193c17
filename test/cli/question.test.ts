import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { ask } from '#rooms/cli/question.js';

/* Bytes as a terminal sends them. */
async function answered(typed: string): Promise<string> {
  const input = new PassThrough();
  const asked = ask('Its name: ', 'nothing was marked', { input, output: new PassThrough() });
  input.write(typed);
  return await asked;
}

describe('a question', () => {
  it('gets the line that is typed, without blanks around it', async () => {
    expect(await answered(' shop \r')).toBe('shop');
  });

  it.each([
    ['Ctrl-C', 'sho\u0003', 130, 'interrupted: nothing was marked'],
    ['Ctrl-D', '\u0004', 2, 'expected an answer, found the end of the input: nothing was marked'],
  ])('at %s is over', async (_, typed, exitCode, message) => {
    await expect(answered(typed)).rejects.toMatchObject({ exitCode, message });
  });

  it('whose terminal is gone is over as well', async () => {
    const input = new PassThrough();
    const asked = ask('Its name: ', 'nothing was marked', { input, output: new PassThrough() });
    input.end();
    await expect(asked).rejects.toMatchObject({ exitCode: 2 });
  });
});
