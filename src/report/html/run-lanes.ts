import type { Judgement, ReportFile, StatementResult } from '../../result/index.ts';
import { formatDuration } from '../../units.ts';
import { shorten } from '../one-line.ts';
import { stepStories, type StepStory } from '../step-story.ts';

import type { Bar, Lane } from './lanes.ts';

/** More would push the charts out of sight. */
const MOST_STEPS = 8;
const MOST_ACTORS = 6;
const MOST_ROOTS = 4;

/** Phases, steps with their statements and attempts, actors, and who was waited for. */
export function lanesOf(report: ReportFile, judgement: Judgement): readonly Lane[] {
  return [phases(report), ...steps(report, judgement), ...actors(report), ...roots(report)];
}

function phases(report: ReportFile): Lane {
  return {
    name: 'phases',
    bars: report.phases.map(({ name, startedAt, duration }) => ({
      from: startedAt,
      to: startedAt + duration,
      tone: name === 'migration' ? 'blue' : 'muted',
      title: `${name}, ${formatDuration(duration)}`,
      label: name,
    })),
  };
}

function steps(report: ReportFile, judgement: Judgement): readonly Lane[] {
  const ran = stepStories(report, judgement).filter(({ step }) => step.outcome !== 'not-run');
  const [shown, rest] = [ran.slice(0, MOST_STEPS), ran.slice(MOST_STEPS)];
  return [
    ...shown.map((story) => ({ name: laneName(story), bars: stepBars(story) })),
    ...(rest.length === 0 ? [] : [{ name: `${rest.length} more steps`, bars: rest.flatMap(stepBars) }]),
  ];
}

function laneName({ step, number, place, title }: StepStory): string {
  const name = place === '' ? '' : `${shorten(place, 50)} · `;
  return `step ${number} · ${name}${shorten(place === '' ? step.title : title, 110 - name.length)}`;
}

/** Attempts that failed in red; of each statement first its waiting for locks, then its work. */
function stepBars({ step, number, place }: StepStory): readonly Bar[] {
  const { attempts, statements, startedAt, duration, title } = step;
  const failed = attempts
    .filter(({ sqlState, message }) => sqlState !== undefined || message !== undefined)
    .map((attempt): Bar => ({
      from: attempt.startedAt,
      to: attempt.startedAt + attempt.duration,
      tone: 'red',
      title: `an attempt that failed after ${formatDuration(attempt.duration)}: ${attempt.message ?? ''} (${attempt.sqlState ?? ''})`,
    }));
  const parts = statements.flatMap(statementBars);
  const whole: Bar = {
    from: startedAt,
    to: startedAt + duration,
    tone: 'muted',
    title: `${place === '' ? shorten(title, 200) : `all of step ${number}`}: ${formatDuration(duration)}`,
  };
  return [whole, ...failed, ...parts];
}

function statementBars({ text, startedAt, waiting, working, error }: StatementResult): readonly Bar[] {
  const name = shorten(text, 200);
  const granted = startedAt + waiting;
  return [
    ...(waiting < 1
      ? []
      : [
          {
            from: startedAt,
            to: granted,
            tone: 'amber' as const,
            title: `${name}: waited ${formatDuration(waiting)} for locks`,
            label: `waited ${formatDuration(waiting)}`,
          },
        ]),
    {
      from: granted,
      to: granted + working,
      tone: error === undefined ? 'blue' : 'red',
      title: `${name}: worked ${formatDuration(working)}${error === undefined ? '' : `, then failed: ${error.message}`}`,
      label: `worked ${formatDuration(working)}`,
    },
  ];
}

function actors(report: ReportFile): readonly Lane[] {
  const names = [...new Set(report.actors.map(({ name }) => name))];
  return names.slice(0, MOST_ACTORS).map((name) => ({
    name: `actor · ${name}`,
    bars: report.actors
      .filter((actor) => actor.name === name)
      .map(({ kind, startedAt, duration, outcome, message }) => ({
        from: startedAt,
        to: startedAt + duration,
        tone: outcome === 'failed' ? 'red' : 'violet',
        title: `${kind}, ${outcome} after ${formatDuration(duration)}${message === undefined ? '' : `: ${message}`}`,
        label: kind,
      })),
  }));
}

/** The sessions behind which others waited for longest. */
function roots({ blockingChains }: ReportFile): readonly Lane[] {
  const lanes = new Map<string, { total: number; bars: Bar[] }>();
  for (const { root, startedAt, duration, waiters } of blockingChains) {
    const name = `waiting behind ${root.kind} ${root.name}`.trim();
    const lane = lanes.get(name) ?? { total: 0, bars: [] };
    lanes.set(name, lane);
    lane.total += duration;
    lane.bars.push({
      from: startedAt,
      to: startedAt + duration,
      tone: 'amber',
      title: `up to ${waiters} sessions waited for ${formatDuration(duration)} behind ${root.kind} ${root.name}: ${shorten(root.query, 200)}`,
      label: waiters === 1 ? '1 session' : `up to ${waiters} sessions`,
    });
  }
  return [...lanes]
    .toSorted(([, a], [, b]) => b.total - a.total)
    .slice(0, MOST_ROOTS)
    .map(([name, { bars }]) => ({ name, bars: bars.toSorted((a, b) => a.from - b.from) }));
}
