import { judge } from '../comparison/index.ts';
import type { Finding, Judgement, ReportFile, ThresholdOutcome } from '../result/index.ts';

import { formatCount } from '../units.ts';

import { errorLines } from './error-lines.ts';
import { keyFacts } from './key-facts.ts';
import { runDetails } from './markdown-details.ts';
import { bullets, code, details, escaped, MOST_LINE, sqlBlock, table } from './markdown-text.ts';
import { notes } from './notes.ts';
import { oneLine, shorten } from './one-line.ts';
import { findingPlace, findingStatement } from './step-place.ts';
import { blamedSteps } from './step-story.ts';
import { transactionRows } from './transaction-rows.ts';
import { VERDICT_LABELS } from './verdict-label.ts';

/** Fits a pull-request comment: what matters is open, the rest is folded. GitHub takes 65,536 characters. */
export function markdownSummary(report: ReportFile): string {
  const judgement = report.judgement ?? judge(report);
  const sections = [
    headline(report, judgement),
    reasons(judgement),
    bullets([...keyFacts(report, judgement), ...notes(report)]),
    blame(report, judgement),
    heading('Transactions', transactionTable(report)),
    heading('Errors', bullets(errorLines(report).map((line) => shorten(oneLine(line), MOST_ERROR)))),
    heading('Findings', findings(report, judgement)),
    thresholdTable(judgement.thresholds),
    ...runDetails(report, judgement),
  ];
  return `${fitting(sections.filter((text) => text !== '')).join('\n\n')}\n`;
}

const MOST_CHARACTERS = 65_536;
const LEFT_OUT = '… parts that do not fit into a comment are left out: see `report.html`.';

/** In their order; whole parts are left out, so that nothing is cut in the middle of its markup. */
function fitting(sections: readonly string[]): readonly string[] {
  let left = MOST_CHARACTERS - LEFT_OUT.length - 4;
  const kept = sections.filter(({ length }) => {
    if (length + 2 > left) return false;
    left -= length + 2;
    return true;
  });
  return kept.length === sections.length ? kept : [...kept, LEFT_OUT];
}

function headline({ scenario }: ReportFile, { verdict }: Judgement): string {
  const { symbol, word } = VERDICT_LABELS[verdict.kind];
  return `## ${symbol} ${word} ${code(scenario.name)}`;
}

const heading = (title: string, body: string): string => (body === '' ? '' : `### ${title}\n\n${body}`);

const MOST_ERROR = 300;
const MOST_REASONS = 20;

/** The broken thresholds stand in their own table. */
function reasons({ verdict }: Judgement): string {
  if (verdict.kind === 'pass' || verdict.kind === 'fail') return '';
  const more = verdict.reasons.length - MOST_REASONS;
  const lines = [...verdict.reasons.slice(0, MOST_REASONS), ...(more > 0 ? [`… and ${more} more`] : [])];
  return `${verdict.kind === 'invalid' ? 'This measurement can not be believed:' : 'Why:'}\n\n${bullets(lines)}`;
}

const MOST_BLAMED = 3;
const MOST_PLACE = 100;

/** The statements that a serious finding is about, and what to do instead. */
function blame(report: ReportFile, judgement: Judgement): string {
  return blamedSteps(report, judgement)
    .slice(0, MOST_BLAMED)
    .map(({ number, place, title, safer }) => {
      const way = safer === undefined ? '' : `<br>**safer:** ${saferLine(report, safer)}`;
      return `**step ${number}**${place === '' ? '' : ` ${escaped(shorten(place, MOST_PLACE))}:`} ${code(title, 200)}${way}`;
    })
    .join('\n\n');
}

function saferLine({ scenario }: ReportFile, words: string): string {
  const see = scenario.safer === undefined ? '' : ` (see ${code(scenario.safer)})`;
  return `${escaped(shorten(words, MOST_LINE))}${see}`;
}

function transactionTable(report: ReportFile): string {
  const rows = transactionRows(report);
  if (rows.length === 0) return '';
  const head = ['transaction', 'phase', 'arrivals', 'failed', 'p50', 'p99', 'max'];
  return table(
    head,
    rows.flatMap(({ name, baseline, migration }) =>
      [
        { phase: 'baseline', cells: baseline },
        { phase: 'migration', cells: migration },
      ].map(({ phase, cells }) => [
        phase === 'baseline' ? code(name, 60) : '',
        phase,
        formatCount(cells.planned),
        cells.dropped === 0
          ? formatCount(cells.failed)
          : `${formatCount(cells.failed)}, ${formatCount(cells.dropped)} dropped`,
        cells.p50,
        cells.p99,
        cells.max,
      ]),
    ),
  );
}

const MOST_FINDINGS = 15;

function findings(report: ReportFile, judgement: Judgement): string {
  const more = judgement.findings.length - MOST_FINDINGS;
  return [
    ...judgement.findings.slice(0, MOST_FINDINGS).map((finding) => findingText(report, finding)),
    ...(more > 0 ? [`… and ${more} more in \`report.json\`.`] : []),
  ].join('\n\n');
}

function findingText(report: ReportFile, finding: Finding): string {
  const { id, severity, title, evidence, estimate, why, accepted, manual } = finding;
  const place = findingPlace(report, finding);
  const statement = findingStatement(report, finding);
  const lines = [
    ...(statement === undefined ? [] : [`- statement: ${code(statement, 300)}`]),
    bullets([...evidence, ...(estimate === undefined ? [] : [estimate])]),
    ...(why === undefined ? [] : [`- why it matters: ${escaped(why)}`]),
    ...(accepted === undefined ? [] : [`- accepted: ${escaped(shorten(accepted, MOST_LINE))}`]),
    ...(manual === undefined ? [] : [`- PostgreSQL manual: ${escaped(manual)}`]),
    ...saferText(report, finding),
  ];
  const state = accepted === undefined ? severity : `${severity}, accepted`;
  return details(
    `${state} · ${id} · ${shorten(title, MOST_LINE)}${place === '' ? '' : ` (${shorten(place, MOST_PLACE)})`}`,
    lines.join('\n'),
  );
}

function saferText(report: ReportFile, { safer }: Finding): readonly string[] {
  const [words, ...sql] = safer?.split('\n') ?? [];
  if (words === undefined) return [];
  return [`- safer: ${saferLine(report, words)}`, ...(sql.length === 0 ? [] : ['', sqlBlock(sql)])];
}

const OUTCOMES: Readonly<
  Record<ThresholdOutcome['outcome'], { readonly text: string; readonly rank: number }>
> = {
  broken: { text: '❌ broken', rank: 0 },
  'no-data': { text: '⚠️ no data', rank: 1 },
  met: { text: '✅ met', rank: 2 },
};

function thresholdTable(thresholds: readonly ThresholdOutcome[]): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds
    .toSorted((a, b) => OUTCOMES[a.outcome].rank - OUTCOMES[b.outcome].rank)
    .map(({ rule, outcome, measured, limit }) => [
      code(rule),
      escaped(measured),
      escaped(limit),
      OUTCOMES[outcome].text,
    ]);
  const body = table(['threshold', 'measured', 'limit', ''], rows, 50);
  const note = thresholds.every((threshold) => threshold.default)
    ? 'The scenario sets none: these are the defaults.\n\n'
    : '';
  const broken = thresholds.filter(({ outcome }) => outcome !== 'met').length;
  return details(
    broken === 0
      ? `All ${thresholds.length} thresholds are met`
      : `${broken} of ${thresholds.length} thresholds are not met`,
    `${note}${body}`,
  );
}
