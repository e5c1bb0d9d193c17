/** Instead of a value. */
const MASK = '…';

/** Where the server names a value, as its English messages do it (14–18); what stands before it is kept. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  // `Key (email)=(a@example.com) already exists.`; the second key is an exclusion constraint's.
  [
    /(\bkey \([^=\n]*\)=)\([^\n]*?\)(?= already exists| is duplicated| is not present| is still referenced| conflicts with|\.?$)/gim,
    `$1(${MASK})`,
  ],
  [/(\bFailing row contains )\([^\n]*\)/g, `$1(${MASK})`],
  [
    /(\b(?:invalid input (?:syntax|value) for [^:\n]*|out of range|malformed [^:\n]*literal|invalid [^:\n]*string): )"[^\n]*"/g,
    `$1"${MASK}"`,
  ],
  [/(\bvalue )"[^"\n]*"(?= is out of range)/g, `$1"${MASK}"`],
  // What bound parameters were, where somebody has asked the server to log them.
  [/(\bparameters: )[^\n]*/gi, `$1${MASK}`],
];

/** A message of the server, its detail or its log without the values of rows and parameters. */
export function maskValues(text: string): string {
  return VALUES.reduce((masked, [pattern, kept]) => masked.replace(pattern, kept), text);
}

/** Texts in quotes (also in dollars, and one that was cut off), and numbers that are no part of a name or a parameter. */
const LITERAL = /'(?:[^']|'')*(?:'|$)|\$(\w*)\$[^]*?(?:\$\1\$|$)|(?<![\w$"])\d+(?:\.\d+)?(?![\w"])/g;

/** An SQL text without its literals. */
export function maskLiterals(sql: string): string {
  return sql.replace(LITERAL, (literal) => (/^\d/.test(literal) ? '?' : `'?'`));
}
