import { z } from 'zod';

import { Failure, messageOf } from '../errors.ts';

import { reportFile, SCHEMA_VERSION, type ReportFile } from './result.ts';
import { upgraded } from './versions.ts';

/** Lossless: `readReport(writeReport(r))` equals `r`. */
export function writeReport(report: ReportFile): string {
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

/** Of this schema version or an older one. Throws `Failure('file.invalid')` naming what is wrong and where. */
export function readReport(text: string, file: string): ReportFile {
  const content = parseJson(text, file);
  const version = versionOf(content, file);
  const parsed = reportFile.safeParse(upgraded(content, version));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new Failure('file.invalid', {
    message: `${file} is not a report of schema version ${version}: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`,
    where: file,
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure('file.invalid', {
      message: `${file} is not JSON: ${messageOf(error)}`,
      where: file,
      hint: 'a report.json that ends in the middle was cut off while it was written or copied',
    });
  }
}

/** Throws for what is no report, and for one that a newer harness wrote. */
function versionOf(content: unknown, file: string): number {
  const version =
    typeof content === 'object' && content !== null && 'schemaVersion' in content
      ? content.schemaVersion
      : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new Failure('file.invalid', {
      message: `${file} is not a report: expected an object with a schemaVersion of 1 to ${SCHEMA_VERSION}, found ${version === undefined ? 'none' : JSON.stringify(version)}`,
      where: file,
      hint: 'a report is the report.json that rehearse run writes into its report folder',
    });
  }
  if (version <= SCHEMA_VERSION) return version;
  throw new Failure('file.invalid', {
    message: `${file} has schema version ${version}, this pg-rehearse reads up to version ${SCHEMA_VERSION}`,
    where: file,
    hint: 'read it with the pg-rehearse that wrote it (harness.version in the file), or a newer one',
  });
}

export const reportJsonSchema = (): unknown => z.toJSONSchema(reportFile, { io: 'input' });
