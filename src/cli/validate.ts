import { parseDataset, resolveDataset } from '../dataset/index.ts';
import { peek } from '../document/index.ts';
import { Failure, invalidFiles, messageOf } from '../errors.ts';
import { parseTrafficFile } from '../scenario/index.ts';
import { parseSchedule } from '../schedule/index.ts';

import { loadPlan, readReference, readSource } from './files.ts';
import { toStderr, toStdout } from './output.ts';
import type { ValidateArguments } from './validate-command.ts';

/** Says of each file what it is, or every mistake in it. Throws `Failure('file.invalid')` where one is not valid. */
export function validate({ files }: ValidateArguments): void {
  const failed = files.filter((file) => !isValid(file));
  if (failed.length > 0)
    throw new Failure('file.invalid', {
      message: `${failed.length} of ${files.length} files are not valid`,
    });
}

function isValid(path: string): boolean {
  try {
    toStdout(`${path}: a valid ${check(path)}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    toStderr(`${messageOf(error)}${error.hint === undefined ? '' : `\n    hint: ${error.hint}`}\n`);
    return false;
  }
}

/** A file is what its keys say. Throws `Failure` with every issue. */
function check(path: string): string {
  const source = readSource(path);
  if (peek(source, 'tables') !== undefined) {
    const parsed = parseDataset(source, readReference, { environment: process.env });
    if (!parsed.ok) throw invalidFiles(parsed.issues);
    resolveDataset(parsed.value, { scale: 1 });
    return 'dataset';
  }
  if (peek(source, 'transactions') !== undefined) {
    const issues = parseTrafficFile(source, readReference, { environment: process.env });
    if (issues.length > 0) throw invalidFiles(issues);
    return 'traffic file';
  }
  if (peek(source, 'runs') !== undefined) {
    const parsed = parseSchedule(source, { environment: process.env });
    if (!parsed.ok) throw invalidFiles(parsed.issues);
    return 'schedule';
  }
  loadPlan(path, []);
  return 'scenario';
}
