import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export const FORMATS = ['text', 'markdown', 'html', 'junit', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface ReportArguments {
  readonly report: string;
  readonly format: Format;
  readonly out: string | undefined;
}

export const reportCommand = (
  perform: (options: ReportArguments) => void,
): CommandModule<object, ReportArguments> => ({
  command: 'report <report>',
  describe: 'Render a report.json again, also one that an older version wrote',
  builder: (argv): Argv<ReportArguments> =>
    argv
      .positional('report', {
        type: 'string',
        demandOption: true,
        describe: 'the report.json of a run, or its folder',
      })
      .option('format', {
        choices: FORMATS,
        default: 'text' as const,
        describe:
          'text: as after the run; markdown: summary.md; html: report.html; junit: junit.xml; json: in today’s shape',
        requiresArg: true,
      })
      .option('out', { type: 'string', describe: 'write to this file instead of stdout', requiresArg: true })
      .epilogue(exitCodeHelp)
      .example('$0 report reports/…/report.json', 'the verdict again')
      .example('$0 report build/report.json --format html --out report.html', 'the page'),
  handler: perform,
});
