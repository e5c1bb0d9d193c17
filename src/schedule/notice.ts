import type { ComparisonVerdict } from '../comparison/index.ts';

import type { NoticeKind, Notify } from './parse.ts';

/** What is new about an entry of the schedule, for people who did not watch. */
export interface News {
  readonly entry: string;
  /** Verdict of the run; undefined: it could not begin, or was missed. */
  readonly verdict: string | undefined;
  readonly exitCode: number;
  /** Of the run before; undefined: there was none. */
  readonly before: string | undefined;
  /** With the last good run. */
  readonly comparison: ComparisonVerdict | undefined;
  /** Changes of level that the history shows and that were not told yet, a sentence each. */
  readonly changes: readonly string[];
  /** Why it could not begin, or that it was missed. */
  readonly problems: readonly string[];
  /** Of report.json, as the schedule knows it. */
  readonly report: string | undefined;
}

/**
 * Body of the POST to the webhook. It has no parameter values, no messages of the server and no secrets: names, verdicts, and sentences on
 * figures.
 */
export interface Notice {
  readonly schedule: string;
  readonly run: string;
  readonly kinds: readonly (NoticeKind | 'always')[];
  readonly verdict: string | null;
  readonly exitCode: number;
  readonly report: string | null;
  /** A line each; the first is a headline. Chat services show it as it is. */
  readonly text: string;
}

/** undefined: nobody wants to hear of it. */
export function noticeOf(schedule: string, news: News, wanted: Notify['on']): Notice | undefined {
  const kinds = kindsOf(news).filter((kind) => wanted === 'always' || wanted.includes(kind));
  if (kinds.length === 0 && wanted !== 'always') return undefined;
  return {
    schedule,
    run: news.entry,
    kinds: kinds.length === 0 ? ['always'] : kinds,
    verdict: news.verdict ?? null,
    exitCode: news.exitCode,
    report: news.report ?? null,
    text: linesOf(news).join('\n'),
  };
}

function kindsOf({ verdict, before, comparison, changes, problems, exitCode }: News): readonly NoticeKind[] {
  const isChange =
    comparison === 'worse' ||
    changes.length > 0 ||
    (before !== undefined && before !== (verdict ?? 'not run'));
  return [
    ...(isChange ? (['change'] as const) : []),
    ...(exitCode !== 0 || problems.length > 0 ? (['failure'] as const) : []),
  ];
}

/** The headline first. */
export function linesOf({ entry, verdict, before, comparison, changes, problems }: News): readonly string[] {
  const now = verdict ?? 'not run';
  const turned = before === undefined || before === now ? '' : ` (before: ${before})`;
  return [
    `${entry}: ${now}${turned}`,
    ...problems,
    ...(comparison === undefined ? [] : [`against the last good run: ${COMPARED[comparison]}`]),
    ...changes,
  ];
}

const COMPARED: Readonly<Record<ComparisonVerdict, string>> = {
  worse: 'worse',
  better: 'better',
  'no-difference': 'no difference',
  'not-enough-data': 'not enough data',
  'not-comparable': 'not comparable: something else than the migration is different',
};
