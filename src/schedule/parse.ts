import { basename, dirname, extname, join, resolve } from 'node:path';

import { parseDocument, type ParseSettings, type ReadDocument, type SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import type { Milliseconds } from '../units.ts';

import { isTimezone, patternMistake, type Calendar } from './calendar.ts';
import type { NOTICE_KINDS } from './definition.ts';
import { scheduleDefinition, type ScheduleFile } from './definition.ts';

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** A schedule file, checked; all paths from where the command runs. */
export interface Schedule {
  readonly file: string;
  /** For reports and the trend page; the state lies in a folder of its own in it. */
  readonly out: string;
  readonly state: string;
  readonly startWithin: Milliseconds;
  readonly keep: { readonly runs?: number | undefined; readonly age?: Milliseconds | undefined };
  readonly notify: Notify | undefined;
  readonly entries: readonly Entry[];
}

export interface Notify {
  readonly webhook: string;
  readonly on: 'always' | readonly NoticeKind[];
}

/** One run of the schedule. */
export interface Entry {
  /** Unique in its file. */
  readonly name: string;
  readonly scenario: string;
  /** undefined: only when everything is run. */
  readonly calendar: Calendar | undefined;
  readonly scale: number | undefined;
  readonly set: readonly string[];
  /** As written: what it means is checked before the first run. */
  readonly target: string;
  readonly tolerate: readonly string[];
  readonly pgBin: string | undefined;
  readonly out: string;
}

export type ScheduleOutcome =
  { readonly ok: true; readonly value: Schedule } | { readonly ok: false; readonly issues: readonly Issue[] };

export function parseSchedule(source: SourceFile, settings: ParseSettings = {}): ScheduleOutcome {
  const document = parseDocument(source, scheduleDefinition, settings);
  const { value, issues, breaks } = document;
  const found = [...calendarIssues(document), ...nameIssues(document), ...webhookIssues(document)];
  const all = [...issues, ...breaks.withoutConsequences(found, source.file)];
  return all.length > 0 ? { ok: false, issues: all } : { ok: true, value: assemble(source.file, value) };
}

type Document = ReadDocument<ScheduleFile>;

function calendarIssues({ value, issueAt, breaks }: Document): readonly Issue[] {
  const zones = [
    { path: ['timezone'], zone: value.timezone },
    ...value.runs.map(({ timezone }, index) => ({ path: ['runs', index, 'timezone'], zone: timezone })),
  ].flatMap(({ path, zone }) =>
    zone === undefined || isTimezone(zone) || breaks.at(path)
      ? []
      : [issueAt(path, `there is no time zone ${JSON.stringify(zone)}`, 'an IANA name: Europe/Berlin, UTC')],
  );
  const patterns = value.runs.flatMap(({ cron }, index) => {
    const path = ['runs', index, 'cron'];
    const mistake = cron === undefined || breaks.at(path) ? undefined : patternMistake(cron);
    return mistake === undefined ? [] : [issueAt(path, mistake, CRON_HINT)];
  });
  return [...zones, ...patterns];
}

const CRON_HINT = 'minute, hour, day of month, month, day of week: 30 2 * * * is every night at 2:30';

function nameIssues({ value, issueAt }: Document): readonly Issue[] {
  const names = value.runs.map(nameOf);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          issueAt(
            ['runs', index],
            `a second run is called ${JSON.stringify(name)}`,
            'give it a name of its own: name: …',
          ),
        ],
  );
}

/** The address may be a secret, so it is not shown. */
function webhookIssues({ value: { notify }, issueAt }: Document): readonly Issue[] {
  if (notify === undefined || /^https?:$/.test(protocolOf(notify.webhook) ?? '')) return [];
  return [issueAt(['notify', 'webhook'], 'expected an address that begins with http:// or https://')];
}

function protocolOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).protocol : undefined;
}

type RunFile = ScheduleFile['runs'][number];

const nameOf = ({ name, scenario }: RunFile): string => name ?? stem(scenario);

const stem = (file: string): string => basename(file, extname(file));

function assemble(file: string, value: ScheduleFile): Schedule {
  const below = (path: string): string => (path.startsWith('/') ? path : join(dirname(file), path));
  const out = below(value.out);
  return {
    file,
    out,
    state: join(out, `.${stem(file)}.schedule`),
    startWithin: value.start_within,
    keep: value.keep,
    notify: value.notify,
    entries: value.runs.map((run): Entry => ({
      name: nameOf(run),
      scenario: below(run.scenario),
      calendar:
        run.cron === undefined ? undefined : { pattern: run.cron, timezone: run.timezone ?? value.timezone },
      scale: run.scale,
      set: run.set,
      target: run.target,
      tolerate: run.tolerate,
      pgBin: run.pg_bin === undefined ? undefined : resolve(below(run.pg_bin)),
      out: run.out === undefined ? out : below(run.out),
    })),
  };
}
