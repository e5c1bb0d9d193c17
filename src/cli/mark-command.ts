import type { Argv, CommandModule } from 'yargs';

import { exitCodeHelp } from './exit-codes.ts';

export interface MarkArguments {
  readonly url: string;
  readonly confirm: string | undefined;
  readonly remove: boolean;
}

export const markCommand = (
  perform: (options: MarkArguments) => void,
): CommandModule<object, MarkArguments> => ({
  command: 'mark <url>',
  describe: 'Say of a database that rehearsals may use its server, and change it for good',
  builder: (argv): Argv<MarkArguments> =>
    argv
      .positional('url', {
        type: 'string',
        demandOption: true,
        describe:
          'postgres://user@host/database, or host=… dbname=…; the password by PGPASSWORD or ~/.pgpass',
      })
      .option('confirm', {
        type: 'string',
        describe: "the database's name typed out, where nobody can be asked",
        requiresArg: true,
      })
      .option('remove', { type: 'boolean', default: false, describe: 'take the mark off' })
      .epilogue(exitCodeHelp)
      .example('$0 mark postgres://me@staging/shop_staging', 'asks for the name')
      .example('$0 mark service=staging --confirm rehearsal', 'in a script')
      .example('$0 mark postgres://me@staging/shop_staging --remove', 'no rehearsals there any more'),
  handler: perform,
});
