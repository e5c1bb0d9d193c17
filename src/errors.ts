/**
 * Exit codes of the command (DESIGN.md §7). `pass`, `thresholds` and `invalid` are verdicts; the others say
 * what stopped the rehearsal.
 */
export const EXIT_CODES = {
  pass: 0,
  harness: 1,
  usage: 2,
  target: 3,
  migration: 4,
  invalid: 96,
  thresholds: 99,
  interrupted: 130,
} as const;

/** Every way in which the harness refuses or gives up, with the exit code that it leads to. */
const FAILURE_EXIT_CODES = {
  usage: EXIT_CODES.usage,
  'file.unreadable': EXIT_CODES.usage,
  'file.invalid': EXIT_CODES.usage,
  'dataset.impossible': EXIT_CODES.usage,
  'target.unavailable': EXIT_CODES.target,
  'target.lost': EXIT_CODES.target,
  'seed.failed': EXIT_CODES.target,
  'traffic.refused': EXIT_CODES.usage,
  'migration.failed': EXIT_CODES.migration,
  'report.unwritable': EXIT_CODES.target,
  'schedule.held': EXIT_CODES.target,
  interrupted: EXIT_CODES.interrupted,
  bug: EXIT_CODES.harness,
} as const;

export type FailureCode = keyof typeof FAILURE_EXIT_CODES;

export interface FailureDetail {
  /** What happened, what was expected and what was found, in one or two sentences. */
  readonly message: string;
  /** File and line, table, statement or session that it is about. */
  readonly where?: string;
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one failure class of the harness. Anything else that is thrown is a bug (exit code 1). */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: FailureCode, detail: FailureDetail) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.where = detail.where;
    this.hint = detail.hint;
  }

  get exitCode(): number {
    return FAILURE_EXIT_CODES[this.code];
  }
}

/** One mistake in a file that a person wrote. */
export interface Issue {
  readonly file: string;
  /** From 1; absent where the value came from the command line. */
  readonly line?: number;
  /** Dotted path of the value, `traffic.transactions.order_page.query`. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

export const invalidFiles = (issues: readonly Issue[]): Failure => failureOf('file.invalid', issues);

export const impossibleDataset = (issues: readonly Issue[]): Failure =>
  failureOf('dataset.impossible', issues);

const failureOf = (code: FailureCode, issues: readonly Issue[]): Failure =>
  new Failure(code, { message: inReadingOrder(issues).map(formatIssue).join('\n') });

/** Files in the order in which they were first complained of, each from its top. */
function inReadingOrder(issues: readonly Issue[]): readonly Issue[] {
  const files = [...new Set(issues.map(({ file }) => file))];
  return files.flatMap((file) =>
    issues
      .filter((issue) => issue.file === file)
      .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)),
  );
}

export function formatIssue(issue: Issue): string {
  const place = issue.line === undefined ? issue.file : `${issue.file}:${issue.line}`;
  const path = issue.path === '' ? '' : ` ${issue.path}:`;
  const hint = issue.hint === undefined || issue.hint === '' ? '' : `\n    hint: ${issue.hint}`;
  return `${place}:${path} ${issue.message}${hint}`;
}

/** What was thrown, as a failure: a failure stays itself, anything else becomes a bug. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure('bug', {
    message: messageOf(thrown),
    hint: 'this is a defect of pg-rehearse; please report it with the stack trace (REHEARSE_DEBUG=1 prints it)',
    cause: thrown,
  });
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Hides the passwords of connection strings and of `PGPASSWORD=…`, also inside longer texts; rather too much than too little. */
export function redact(text: string): string {
  return text
    .replace(URL_PASSWORD, '$1:***@')
    .replace(BARE_PASSWORD, '$1:***@')
    .replace(URL_PARAMETER, (whole, before: string, name: string) =>
      /password/i.test(decoded(name)) ? `${before}${name}=***` : whole,
    )
    .replace(KEYWORD_PASSWORD, '$1***');
}

/** After a user's name; with blanks in it, unless it is a port. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):(?:\S*@|(?!\d{1,5}(?:[/?#\s,;)]|$))[^\n@]*@)/gi;
/** Where somebody has forgotten the scheme. An image of a container may be named by its digest. */
const BARE_PASSWORD = /(?<![^\s"'(=,])(?!container:)([^\s:/@"'(=,]+):(?![:/]{2})\S+@(?=[\w[])/g;
const URL_PARAMETER = /([?&])([^=\s&?]+)=[^\s&]*/g;
/** `name=value` and `name='a value'` of libpq (manual, 34.1.1.1), and variables; what stands in a URL ends at the next `&`. */
const KEYWORD_PASSWORD = /(?<![?&][^=\s&?]*)(password\s*=\s*)('(?:[^'\\]|\\.)*'|(?:\\.|[^\s\\])+)/gis;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Names from servers and files may hold what a terminal obeys; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
