import {
  parseDocument,
  type ParseSettings,
  type ReadDocument,
  type ReadFile,
  type SourceFile,
} from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { mendSql, type SqlNode } from '../postgres/index.ts';

import { datasetDefinition, type DatasetFile } from './definition.ts';
import type { Dataset } from './model.ts';
import { withoutPsqlLines } from './schema/psql.ts';
import { readSchema } from './schema/read.ts';
import { assembleDataset } from './spec/assemble.ts';

export type ParsedDataset =
  | { readonly ok: true; readonly value: Dataset }
  | {
      readonly ok: false;
      readonly issues: readonly Issue[];
      /** With stand-ins for what could not be read; undefined where tables or columns may be missing from it. */
      readonly draft: Dataset | undefined;
    };

/** A dataset file and the schema that it names; or every mistake in both, each with its line. */
export function parseDataset(
  source: SourceFile,
  read: ReadFile,
  settings: ParseSettings = {},
): ParsedDataset {
  const document = parseDocument(source, datasetDefinition, settings);
  const { dataset, issues: found } = parseAgainstSchema(source, document, read);
  const issues = [...document.issues, ...document.breaks.withoutConsequences(found, source.file)];
  return dataset === undefined || issues.length > 0
    ? { ok: false, issues, draft: dataset }
    : { ok: true, value: dataset };
}

interface Found {
  readonly dataset: Dataset | undefined;
  readonly issues: readonly Issue[];
}

function parseAgainstSchema(source: SourceFile, document: ReadDocument<DatasetFile>, read: ReadFile): Found {
  const written = document.value.schema;
  const reference = typeof written === 'string' ? written : written.from;
  const file = read(reference, source.file);
  if (file === undefined) {
    const issue = document.issueAt(['schema'], `there is no file ${reference}`);
    return { dataset: undefined, issues: [issue] };
  }
  const { text: sql, statements: parsed, mistakes } = mendSql(withoutPsqlLines(file.text));
  const statements = parsed
    .filter(({ node }) => !isAboutRoles(node))
    .map(({ text, line }) => ({ text, line }));
  const schema = {
    text: { file: file.file, sql, statements },
    ...readSchema(sql, parsed),
    broken: mistakes.map(({ words }) => words),
  };
  const { dataset, issues } = assembleDataset(source.file, document, schema);
  const ofSql = mistakes.map(({ line, message }) => sqlIssue(file.file, line, message, file.text));
  return { dataset: mistakes.length > 0 ? undefined : dataset, issues: [...ofSql, ...issues] };
}

/** Who may do what, in a dump: its roles are not here, and the rehearsal's one user may do everything. */
const ABOUT_ROLES = ['GrantStmt', 'GrantRoleStmt', 'AlterOwnerStmt', 'AlterDefaultPrivilegesStmt'];

function isAboutRoles(node: SqlNode): boolean {
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  const changesOwner = commands.some(
    (command) => 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_ChangeOwner',
  );
  return changesOwner || ABOUT_ROLES.some((kind) => kind in node);
}

function sqlIssue(file: string, line: number, message: string, text: string): Issue {
  const lines = text.split('\n');
  const isData = /\bFROM stdin;\s*$/i.test(lines.slice(0, line - 1).join('\n'));
  const isPsql = lines[line - 1]?.startsWith('\\') === true;
  const hint = isData
    ? { hint: 'the file holds data (COPY … FROM stdin): dump with pg_dump --schema-only' }
    : isPsql
      ? { hint: 'psql’s own commands do not run here; write plain SQL' }
      : {};
  return { file, line, path: '', message, ...hint };
}
