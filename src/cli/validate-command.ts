import type { Argv, CommandModule } from 'yargs';

import { parseDataset } from '../dataset/index.ts';
import { peek } from '../document/index.ts';
import { Failure, invalidFiles, messageOf } from '../errors.ts';
import { parseTrafficFile } from '../scenario/index.ts';

import { exitCodeHelp } from './exit-codes.ts';
import { loadPlan, readReference, readSource } from './files.ts';

interface ValidateArguments {
  readonly files: readonly string[];
}

export const validateCommand: CommandModule<object, ValidateArguments> = {
  command: 'validate <files..>',
  describe: 'Check scenario, traffic and dataset files; every mistake with its line',
  builder: (argv): Argv<ValidateArguments> =>
    argv
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'files of any kind' })
      .epilogue(exitCodeHelp)
      .example('$0 validate scenarios/*.yaml datasets/*.yaml', 'all of them, in one go'),
  handler: ({ files }) => {
    const failed = files.filter((file) => !isValid(file));
    if (failed.length > 0)
      throw new Failure('file.invalid', {
        message: `${failed.length} of ${files.length} files are not valid`,
      });
  },
};

function isValid(path: string): boolean {
  try {
    process.stdout.write(`${path}: a valid ${check(path)}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(
      `${messageOf(error)}${error.hint === undefined ? '' : `\n    hint: ${error.hint}`}\n`,
    );
    return false;
  }
}

/** A file is what its keys say. Throws `Failure` with every issue. */
function check(path: string): string {
  const source = readSource(path);
  if (peek(source, 'tables') !== undefined) {
    const parsed = parseDataset(source, readReference, { environment: process.env });
    if (!parsed.ok) throw invalidFiles(parsed.issues);
    return 'dataset';
  }
  if (peek(source, 'transactions') !== undefined) {
    const issues = parseTrafficFile(source, { environment: process.env });
    if (issues.length > 0) throw invalidFiles(issues);
    return 'traffic file';
  }
  loadPlan(path, []);
  return 'scenario';
}
