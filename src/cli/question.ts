import { createInterface } from 'node:readline/promises';

import { Failure } from '../errors.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** One line, trimmed. Throws `Failure('interrupted')` at Ctrl-C, `Failure('usage')` at Ctrl-D or where the input ends. `otherwise`: what it means for the user. */
export async function ask(question: string, otherwise: string, terminal: Terminal): Promise<string> {
  const lines = createInterface({ ...terminal, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () =>
        reject(new Failure('interrupted', { message: `interrupted: ${otherwise}` })),
      );
      lines.once('close', () =>
        reject(
          new Failure('usage', { message: `expected an answer, found the end of the input: ${otherwise}` }),
        ),
      );
      lines.question(question).then((line) => resolve(line.trim()), reject);
    });
  } catch (error) {
    // What comes next shall not stand in the line of the question.
    terminal.output.write('\n');
    throw error;
  } finally {
    lines.close();
  }
}
