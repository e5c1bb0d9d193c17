import { judge } from '../comparison/index.ts';
import type { Finding, Judgement, ReportFile } from '../result/index.ts';

import { columns } from './columns.ts';
import { errorLines } from './error-lines.ts';
import { attemptLines } from './lock-tables.ts';
import { notes } from './notes.ts';
import { observerNotes } from './observer-notes.ts';
import { oneLine, shorten, wrap } from './one-line.ts';
import { isSerious, stepStories, type StepStory } from './step-story.ts';
import { painter, type Paint, type Style } from './style.ts';
import { failureText, transactionRows } from './transaction-rows.ts';
import { VERDICT_LABELS } from './verdict-label.ts';

interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Where the files of this run are, as shown to the reader. */
  readonly files: readonly string[];
}

/** The verdict and what stands behind it, for the one who waited for it; ends with a line break. */
export function terminalReport(report: ReportFile, options: TerminalOptions): string {
  const judgement = report.judgement ?? judge(report);
  const page: Page = {
    report,
    judgement,
    width: Math.max(60, options.width) - INDENT.length,
    paint: painter(options.color),
  };
  const stories = shownStories(page);
  const blocks = [
    [
      headline(page),
      ...whyLines(page),
      ...stories.flatMap((story) => storyLines(page, story)),
      ...saferLines(page),
      ...noteLines(page),
    ],
    [...brokenLines(page), ...otherFindings(page, stories)],
    attemptLines(report).map((line) => `  ${line}`),
    [...transactionLines(page), ...failureLines(page)],
    section(page, { label: 'files', style: 'dim', lines: options.files }),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

interface Page {
  readonly report: ReportFile;
  readonly judgement: Judgement;
  /** Columns for text, right of the labels. */
  readonly width: number;
  readonly paint: Paint;
}

const INDENT = ' '.repeat(10);
const MOST_STEPS = 6;
const MOST_REASONS = 8;
const MOST_WAYS = 3;

function headline({ report, judgement, paint }: Page): string {
  const { word, style } = VERDICT_LABELS[judgement.verdict.kind];
  return `${paint(style, paint('bold', word))}  ${oneLine(report.scenario.name)}`;
}

/** The steps to blame; where none is, all of them. */
function shownStories({ report, judgement }: Page): readonly StepStory[] {
  const stories = stepStories(report, judgement);
  const toBlame = stories.filter(({ step, serious }) => serious.length > 0 || step.error !== undefined);
  return (judgement.verdict.kind === 'pass' || toBlame.length === 0 ? stories : toBlame).slice(0, MOST_STEPS);
}

const noteLines = (page: Page): readonly string[] =>
  section(page, {
    label: 'note',
    style: 'dim',
    lines: [...notes(page.report), ...observerNotes(page.report)],
  });

function storyLines(page: Page, { number, place, title, facts }: StepStory): readonly string[] {
  const label = `  ${page.paint('bold', `step ${number}`.padEnd(8))}`;
  const named = place === '' ? '' : `${shorten(place, 50)}: `;
  return [
    `${label}${named}${shorten(title, page.width - named.length)}`,
    ...facts.flatMap((fact) => indented(page, fact)),
  ];
}

const indented = ({ width }: Page, text: string): readonly string[] =>
  wrap(oneLine(text), width).map((line) => `${INDENT}${line}`);

/** In words; in SQL too where the author names no scenario that shows it. */
function saferLines(page: Page): readonly string[] {
  const { report, judgement } = page;
  const ways = worstOfEachStep(judgement.findings)
    .flatMap(({ safer }) => safer ?? [])
    .slice(0, MOST_WAYS);
  const see = report.scenario.safer === undefined ? '' : `   (see ${report.scenario.safer})`;
  const lines = ways.flatMap((way) => {
    const [words = '', ...sql] = way.split('\n');
    return [`${words}${see}`, ...(see === '' ? sql.map((line) => shorten(line, page.width)) : [])];
  });
  return section(page, { label: 'safer', style: 'green', lines });
}

/** Findings are sorted: one way out of the worst of each step, which mostly helps against the others. */
function worstOfEachStep(findings: readonly Finding[]): readonly Finding[] {
  const serious = findings.filter((finding) => isSerious(finding) && finding.safer !== undefined);
  return serious.filter(({ step }, index) => serious.findIndex((other) => other.step === step) === index);
}

interface Section {
  readonly label: string;
  readonly style: Style;
  readonly lines: readonly string[];
}

function section(page: Page, { label, style, lines }: Section): readonly string[] {
  const [first, ...rest] = lines.flatMap((line) => indented(page, line));
  return first === undefined ? [] : [`  ${page.paint(style, label.padEnd(8))}${first.trimStart()}`, ...rest];
}

/** What stopped the run, or why it can not be believed: everything but the broken thresholds, which stand last. */
function whyLines(page: Page): readonly string[] {
  const { kind, reasons } = page.judgement.verdict;
  const own = reasons.slice(0, reasons.length - brokenCount(page));
  const lines = limited(own.flatMap((reason) => reason.split('\n')));
  return section(page, { label: 'why', style: VERDICT_LABELS[kind].style, lines });
}

function brokenLines(page: Page): readonly string[] {
  const { reasons } = page.judgement.verdict;
  const lines = limited(reasons.slice(reasons.length - brokenCount(page)));
  return section(page, { label: 'broken', style: 'red', lines });
}

const brokenCount = ({ judgement }: Page): number =>
  judgement.thresholds.filter(({ outcome }) => outcome === 'broken').length;

function limited(lines: readonly string[]): readonly string[] {
  const more = lines.length - MOST_REASONS;
  return more <= 0 ? lines : [...lines.slice(0, MOST_REASONS), `… and ${more} more`];
}

function otherFindings(page: Page, stories: readonly StepStory[]): readonly string[] {
  const told = new Set(stories.flatMap(({ serious }) => serious));
  const { findings } = page.judgement;
  const others = findings
    .filter((finding) => isSerious(finding) && !told.has(finding))
    .map(({ title }) => title);
  const accepted = findings.flatMap(({ id, accepted: reason }) =>
    reason === undefined ? [] : [`${id}: ${reason}`],
  );
  return [
    ...section(page, { label: 'also', style: 'yellow', lines: others }),
    ...section(page, { label: 'accept', style: 'dim', lines: [...new Set(accepted)] }),
  ];
}

function transactionLines({ report, paint }: Page): readonly string[] {
  const rows = transactionRows(report);
  if (rows.length === 0) return [];
  const [head = '', ...lines] = columns([
    ['transaction', 'baseline p99', 'migration p99', 'failed'],
    ...rows.map(({ name, baseline, migration }) => [
      shorten(name, 40),
      baseline.p99,
      migration.p99,
      failureText(migration),
    ]),
  ]);
  return [`  ${paint('dim', head)}`, ...lines.map((line) => `  ${line}`)];
}

const failureLines = (page: Page): readonly string[] =>
  section(page, {
    label: 'errors',
    style: 'red',
    lines: errorLines(page.report).map((line) => shorten(oneLine(line), 2 * page.width)),
  });
