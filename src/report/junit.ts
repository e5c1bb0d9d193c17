import { judge } from '../comparison/index.ts';
import type {
  Finding,
  Judgement,
  ReportFile,
  StepResult,
  ThresholdOutcome,
  ValidityRule,
} from '../result/index.ts';

import { oneLine } from './one-line.ts';
import { findingPlace, findingStatement } from './step-place.ts';
import { isSerious } from './step-story.ts';

/**
 * `junit.xml` as Jenkins (`jenkins-junit.xsd` of its xUnit plugin) and GitLab read it: one suite for the run, a case for its verdict, each rule of validity,
 * each threshold and each finding. A measurement that can not be believed is an error, what it judged is a failure. Nothing is one where the
 * verdict is pass: what was found then stands in the output of a case that passed.
 */
export function junitReport(report: ReportFile): string {
  const judgement = report.judgement ?? judge(report);
  const cases = casesOf(report, judgement);
  const counts = { tests: cases.length, failures: count(cases, 'failure'), errors: count(cases, 'error') };
  const { name } = report.scenario;
  const seconds = (report.duration / 1_000).toFixed(3);
  const suite = element(
    'testsuite',
    {
      name,
      ...counts,
      skipped: count(cases, 'skipped'),
      time: seconds,
      timestamp: report.startedAt.slice(0, 19),
    },
    cases.map((one) => caseText(name, one)),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'pg-rehearse', ...counts, time: seconds }, [suite])}\n`;
}

type Outcome =
  | { readonly kind: 'passed'; readonly text?: string }
  | { readonly kind: 'skipped'; readonly message: string }
  | {
      readonly kind: 'failure' | 'error';
      readonly type: string;
      readonly message: string;
      readonly text: string;
    };

interface Case {
  readonly group: string;
  readonly name: string;
  readonly outcome: Outcome;
}

const PASSED: Outcome = { kind: 'passed' };

const count = (cases: readonly Case[], kind: Outcome['kind']): number =>
  cases.filter(({ outcome }) => outcome.kind === kind).length;

function casesOf(report: ReportFile, judgement: Judgement): readonly Case[] {
  return [
    { group: 'verdict', name: 'verdict', outcome: verdictOutcome(report, judgement) },
    ...judgement.validity.map(validityCase),
    ...judgement.thresholds.map(thresholdCase),
    ...judgement.findings.map((finding) => findingCase(report, judgement, finding)),
  ];
}

/** Broken thresholds fail in cases of their own; what stopped the run, or makes it unbelievable, is an error. */
function verdictOutcome({ migration }: ReportFile, { verdict }: Judgement): Outcome {
  const { kind, reasons } = verdict;
  if (kind === 'pass') return PASSED;
  return {
    kind: kind === 'fail' || kind === 'migration-failed' ? 'failure' : 'error',
    type: kind,
    message: reasons[0] ?? kind,
    text: [...reasons, ...(migration?.steps ?? []).flatMap(errorOf)].join('\n'),
  };
}

/** What a reader of the reason asks next: where it failed, and what else the server said. */
function errorOf({ title, error }: StepResult): readonly string[] {
  if (error === undefined) return [];
  const { sqlState, statement, detail } = error;
  const state = sqlState === undefined ? '' : ` (SQLSTATE ${sqlState})`;
  return [`in ${statement ?? title}${state}`, ...(detail === undefined ? [] : [detail])];
}

function validityCase({ rule, held, measured }: ValidityRule): Case {
  const message = `the measurement can not be believed: ${measured}`;
  return {
    group: 'validity',
    name: rule,
    outcome: held ? PASSED : { kind: 'error', type: 'invalid', message, text: `${rule}\n${message}` },
  };
}

function thresholdCase({ rule, outcome, measured, limit }: ThresholdOutcome): Case {
  const message = `measured ${measured}, must be ${limit}`;
  return { group: 'thresholds', name: rule, outcome: thresholdResult() };

  function thresholdResult(): Outcome {
    switch (outcome) {
      case 'met':
        return PASSED;
      case 'broken':
        return { kind: 'failure', type: 'threshold', message, text: `${rule}\n${message}` };
      case 'no-data':
        return { kind: 'error', type: 'no-data', message: `no data: ${measured}`, text: rule };
    }
  }
}

/** One of severity info, or of a run that passed, is no failure; an accepted one is skipped with its reason. */
function findingCase(report: ReportFile, { verdict }: Judgement, finding: Finding): Case {
  const { id, severity, step, relation, title, evidence, estimate, safer, accepted } = finding;
  const about = [
    ...(step === undefined ? [] : [`step ${step + 1}`]),
    ...(relation === undefined ? [] : [relation]),
  ].join(', ');
  const lines = [
    ...statementLines(report, finding),
    ...evidence,
    ...(estimate === undefined ? [] : [estimate]),
    ...(safer === undefined ? [] : [`safer: ${safer}`]),
  ];
  return { group: 'findings', name: about === '' ? id : `${id} (${about})`, outcome: findingOutcome() };

  function findingOutcome(): Outcome {
    if (accepted !== undefined) return { kind: 'skipped', message: `accepted: ${accepted}` };
    const text = lines.join('\n');
    if (!isSerious(finding) || verdict.kind === 'pass')
      return { kind: 'passed', text: `${severity}: ${title}\n${text}` };
    return { kind: 'failure', type: severity, message: title, text };
  }
}

/** The statement that did it, else what its step is known by; where in its step, if that has several. */
function statementLines(report: ReportFile, finding: Finding): readonly string[] {
  const step = report.migration?.steps[finding.step ?? -1];
  if (step === undefined) return [];
  const text = findingStatement(report, finding) ?? step.title;
  return step.statements.length < 2 ? [text] : [`in ${findingPlace(report, finding)}`, text];
}

function caseText(scenario: string, { group, name, outcome }: Case): string {
  return element(
    'testcase',
    { classname: `${scenario}.${group}`, name: oneLine(name), time: '0' },
    outcomeText(outcome),
  );
}

function outcomeText(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'passed':
      return outcome.text === undefined ? [] : [element('system-out', {}, [escapedXml(outcome.text)])];
    case 'skipped':
      return [element('skipped', { message: oneLine(outcome.message) }, [])];
    case 'failure':
    case 'error': {
      const { kind, type, message, text } = outcome;
      return [element(kind, { type, message: oneLine(message) }, [escapedXml(text)])];
    }
  }
}

/** Content is XML already, values of attributes are not. */
function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: readonly string[],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapedXml(String(value))}"`);
  const open = `<${name}${written.join('')}`;
  return content.length === 0 ? `${open}/>` : `${open}>${content.join('\n')}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Without the characters that XML 1.0 can not hold, not even as references (2.2). */
function escapedXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (char) => ENTITIES[char] ?? '')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
