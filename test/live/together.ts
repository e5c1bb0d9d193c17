import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { gravest } from '#rooms/cli/exit-codes.js';
import { ledger, type LedgerScenario } from './ledger.js';
import { rehearse, type Reported, type TestHome } from './rehearsal.js';

/* Several scenarios in one process, which costs more to start than to rehearse. */

/** What the command told of one of them. */
export interface OneOfSeveral extends Reported {
  /** Of its verdict; that the process ends with the gravest of all is looked at. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** Each by its name, in the order in which they run. */
export async function rehearsedTogether<Name extends string>(
  home: TestHome,
  scenarios: Readonly<Record<Name, LedgerScenario>>,
): Promise<Readonly<Record<Name, OneOfSeveral>>> {
  const names = Object.keys(scenarios) as Name[]; // the keys of a literal table
  const paths = names.map((name) => ledgerOf(home, name, scenarios[name]));
  return await toldOf(home, paths, names);
}

/** `words` are files, in the order of the names of their scenarios, and options. */
export async function toldOf<Name extends string>(
  home: TestHome,
  words: readonly string[],
  names: readonly Name[],
): Promise<Readonly<Record<Name, OneOfSeveral>>> {
  const { reports, stdout, stderr, exitCode } = await rehearse(home, words);
  const told = names.map((name) => {
    const reported = reports.find(({ report }) => report.scenario.name === name);
    if (reported === undefined) throw new Error(`${name} has no report:\n${stdout}${stderr}`);
    const { judgement } = reported.report;
    return [
      name,
      { ...reported, exitCode: judgement?.verdict.exitCode, stdout: partOf(stdout, name) },
    ] as const;
  });
  expect(exitCode).toBe(gravest(told.map(([, one]) => one.exitCode ?? 0)));
  return Object.fromEntries(told) as Record<Name, OneOfSeveral>; // one for each name
}

function ledgerOf({ files }: TestHome, name: string, scenario: LedgerScenario): string {
  const folder = join(files, name);
  mkdirSync(folder);
  return ledger(folder, { ...scenario, more: { name, ...scenario.more } });
}

/** From its verdict to the next one. */
function partOf(stdout: string, name: string): string {
  const parts = stdout.split(/^(?=[A-Z]+(?: [A-Z]+)? {2}\S)/m);
  const part = parts.find((text) => text.split('\n', 1)[0]?.endsWith(`  ${name}`));
  if (part === undefined) throw new Error(`no verdict on ${name}:\n${stdout}`);
  return part;
}
