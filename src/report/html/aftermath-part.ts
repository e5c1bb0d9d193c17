import { planText } from '../../findings/index.ts';
import type { ReportFile, TableActivity } from '../../result/index.ts';
import {
  formatCount,
  formatPercent,
  formatRate,
  formatSize,
  milliseconds,
  perSecond,
  type Milliseconds,
} from '../../units.ts';
import { shorten } from '../one-line.ts';

import { code, dataTable, part, type Part } from './data-table.ts';
import { html, type Markup } from './markup.ts';

/** What is different after the migration; each empty where there is nothing to tell. */
export function aftermathParts(report: ReportFile): readonly Part[] {
  return [
    part('leftovers', 'Left behind', leftovers(report)),
    part('relations', 'Tables before and after', relations(report)),
    part('schema', 'Changes of the schema', schemaChanges(report)),
    part('plans', 'Plans that changed', planChanges(report)),
    part('activity', 'Work on the tables', activity(report)),
  ];
}

function leftovers({ leftovers: all }: ReportFile): Markup {
  return dataTable(
    [{ head: 'name' }, { head: 'what' }, { head: 'table' }],
    all.map(({ kind, name, relation }) => [code(name), kind.replaceAll('-', ' '), code(relation)]),
    { caption: 'Seen by the audit after the run.' },
  );
}

function relations({ relations: all }: ReportFile): Markup {
  return dataTable(
    [
      { head: 'relation' },
      ...['rows before (estimate)', 'rows after (estimate)', 'size before', 'size after'].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    all.map(({ name, before, after }) => [
      code(name),
      before === undefined ? '–' : `about ${formatCount(before.rows)}`,
      after === undefined ? '–' : `about ${formatCount(after.rows)}`,
      before === undefined ? '–' : formatSize(before.totalBytes),
      after === undefined ? '–' : formatSize(after.totalBytes),
    ]),
    { caption: 'Rows as the planner estimates them, sizes with indexes and TOAST.', most: 100 },
  );
}

function schemaChanges({ aftermath }: ReportFile): Markup {
  return dataTable(
    [{ head: '' }, { head: 'what' }, { head: 'name' }, { head: 'definition' }],
    (aftermath?.schemaChanges ?? []).map(({ change, fact: { kind, relation, name, definition } }) => [
      change === 'added'
        ? html`<span class="green">+ added</span>`
        : html`<span class="red">− removed</span>`,
      kind,
      code(relation === '' ? name : `${relation}.${name}`),
      code(shorten(definition, 400)),
    ]),
    { caption: 'By the catalogue, before the migration and after it.', most: 100, named: false },
  );
}

function planChanges({ aftermath }: ReportFile): Markup {
  return dataTable(
    [{ head: 'transaction' }, { head: 'statement' }, { head: 'before' }, { head: 'after' }],
    (aftermath?.planChanges ?? []).map(({ transaction, statement, before, after, error }) => [
      transaction,
      code(shorten(statement, 400)),
      `${planText(before)} (cost ${formatCount(before.cost)})`,
      after === undefined
        ? html`<span class="red">refused: ${error}</span>`
        : `${planText(after)} (cost ${formatCount(after.cost)})`,
    ]),
    { caption: 'Statements of the traffic, planned before and after; nothing was executed.', most: 60 },
  );
}

function activity({ aftermath }: ReportFile): Markup {
  const numbers = ['seq scans', 'index scans', 'inserted', 'updated', 'of them HOT', 'deleted'];
  return dataTable(
    [{ head: 'phase' }, { head: 'table' }, ...numbers.map((head) => ({ head, numeric: true }))],
    (aftermath?.activity ?? []).flatMap(({ phase, duration, walBytes, tables }) => [
      [phase, `WAL of the server: ${formatSize(walBytes)}`, '', '', '', '', '', ''],
      ...tables.map((table) => activityRow(table, duration)),
    ]),
    { caption: 'By the server’s own counters.', most: 120, named: false },
  );
}

function activityRow(one: TableActivity, duration: Milliseconds): readonly (string | Markup)[] {
  const seconds = Math.max(duration, milliseconds(1)) / 1_000;
  const rate = (amount: number): string => (amount === 0 ? '' : formatRate(perSecond(amount / seconds)));
  return [
    '',
    code(one.relation),
    rate(one.seqScans),
    rate(one.indexScans),
    rate(one.inserted),
    rate(one.updated),
    one.updated === 0 ? '' : formatPercent(one.hotUpdated / one.updated),
    rate(one.deleted),
  ];
}
