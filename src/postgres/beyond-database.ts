import { splitStatements } from './statement.ts';
import { withoutComments } from './tokens.ts';
import { listOf, recordOf, textIn } from './tree.ts';

/**
 * Statements that change what belongs to the whole server instead of one database, each in the server's words (`CREATE ROLE`): roles, databases, tablespaces, the
 * configuration, subscriptions, which have a part on another server, and files and programs of its machine that COPY writes or starts. A block of code is searched by its words; a function is not, for nobody knows whether it is
 * called. Nothing of a text that is no SQL.
 */
export function beyondDatabase(sql: string): readonly string[] {
  const parsed = splitStatements(sql);
  return parsed.ok ? parsed.statements.flatMap(({ node }) => reachesOf(node)) : [];
}

type Body = Readonly<Record<string, unknown>>;

function reachesOf(node: object): readonly string[] {
  return Object.entries(node).flatMap(([kind, content]) => {
    const body = recordOf(content);
    if (kind === 'DoStmt') return reachesOfBlock(body);
    const reach = WHOLE[kind] ?? OF_OBJECTS[kind]?.(body);
    return reach === undefined ? [] : [reach];
  });
}

/** By the parser's name of the statement. */
const WHOLE: Readonly<Record<string, string>> = {
  CreateRoleStmt: 'CREATE ROLE',
  AlterRoleStmt: 'ALTER ROLE',
  AlterRoleSetStmt: 'ALTER ROLE',
  DropRoleStmt: 'DROP ROLE',
  GrantRoleStmt: 'GRANT or REVOKE of a role',
  ReassignOwnedStmt: 'REASSIGN OWNED',
  DropOwnedStmt: 'DROP OWNED',
  CreatedbStmt: 'CREATE DATABASE',
  DropdbStmt: 'DROP DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  AlterSystemStmt: 'ALTER SYSTEM',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  AlterTableSpaceOptionsStmt: 'ALTER TABLESPACE',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
};

/** Statements about anything, where they are about one of these. */
const OBJECTS: Readonly<Record<string, string>> = {
  OBJECT_ROLE: 'ROLE',
  OBJECT_DATABASE: 'DATABASE',
  OBJECT_TABLESPACE: 'TABLESPACE',
  OBJECT_PARAMETER_ACL: 'PARAMETER',
  OBJECT_SUBSCRIPTION: 'SUBSCRIPTION',
};

const about =
  (words: string, key: string) =>
  (body: Body): string | undefined => {
    const object = OBJECTS[textIn(body[key]) ?? ''];
    return object === undefined ? undefined : `${words} ${object}`;
  };

/** What it reads of a file stays in the database. */
function reachOfCopy({ filename, is_program: isProgram, is_from: isFrom }: Body): string | undefined {
  if (textIn(filename) === undefined || (isFrom === true && isProgram !== true)) return undefined;
  return isProgram === true ? 'COPY … PROGRAM' : 'COPY … TO a file of the server';
}

const OF_OBJECTS: Readonly<Record<string, (body: Body) => string | undefined>> = {
  CopyStmt: reachOfCopy,
  RenameStmt: about('ALTER', 'renameType'),
  AlterOwnerStmt: about('ALTER', 'objectType'),
  CommentStmt: about('COMMENT ON', 'objtype'),
  SecLabelStmt: about('SECURITY LABEL ON', 'objtype'),
  GrantStmt: about('GRANT or REVOKE ON', 'objtype'),
};

/** Also in texts that it executes; what it only says is none. */
function reachesOfBlock({ args }: Body): readonly string[] {
  const text = withoutComments(listOf(args).map(codeIn).join('\n')).replace(SAID, ';');
  return IN_BLOCKS.flatMap(([pattern, command]) => {
    const [found] = pattern.exec(text) ?? [];
    return found === undefined ? [] : [command ?? found.toUpperCase().replace(/\s+/g, ' ')];
  });
}

function codeIn(argument: unknown): string {
  const { defname, arg } = recordOf(recordOf(argument)['DefElem']);
  return defname === 'as' ? (textIn(recordOf(recordOf(arg)['String'])['sval']) ?? '') : '';
}

const SAID = /\braise\b[^;]*;/gi;

const IN_BLOCKS: readonly (readonly [RegExp, string?])[] = [
  [/\b(?:create|alter|drop)\s+(?:role|user(?!\s+mapping\b)|group|database|tablespace|subscription)\b/i],
  [/\balter\s+system\b/i],
  [/\bcopy\b[^;]*?\b(?:to|from)\s+program\b/i, 'COPY … PROGRAM'],
  [/\bcopy\b[^;]*?\bto\s+'/i, 'COPY … TO a file of the server'],
  [/\b(?:reassign|drop)\s+owned\b/i],
  [/\bcomment\s+on\s+(?:role|database|tablespace|subscription)\b/i],
  [/\b(?:grant|revoke)\b(?:(?!\bon\b|;)[^])*?\b(?:to|from)\b/i, 'GRANT or REVOKE of a role'],
  [/\b(?:grant|revoke)\b[^;]*?\bon\s+(?:database|tablespace|parameter)\b/i, 'GRANT or REVOKE ON DATABASE'],
];
