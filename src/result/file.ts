import { z } from 'zod';

import { Failure, messageOf } from '../errors.ts';

import { reportFile, SCHEMA_VERSION, type ReportFile } from './result.ts';

/** Lossless: `readReport(writeReport(r))` equals `r`. */
export function writeReport(report: ReportFile): string {
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

/** Throws `Failure('file.invalid')` naming what is wrong and where. */
export function readReport(text: string, file: string): ReportFile {
  const parsed = reportFile.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new Failure('file.invalid', {
    message: `${file} is not a report of schema version ${SCHEMA_VERSION}: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`,
    where: file,
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure('file.invalid', { message: `${file} is not JSON: ${messageOf(error)}`, where: file });
  }
}

export const reportJsonSchema = (): unknown => z.toJSONSchema(reportFile, { io: 'input' });
