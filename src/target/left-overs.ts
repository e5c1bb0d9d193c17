/** What a harness makes for a while, and who removes it where the harness can not: it was killed, or the power failed. */
export interface LeftOverFacts {
  readonly what: string;
  readonly where: string;
  /** Of a SIGKILL of the harness alone. */
  readonly removedBy: string;
}

export const LEFT_OVERS = {
  instance: {
    what: 'the server of a run and its data directory, with the log, the configuration and a password file (while `initdb` runs)',
    where: '`instances/<owner>` of the home',
    removedBy: 'its keeper, within seconds; else the next run, or `cleanup`',
  },
  'shared memory': {
    what: 'of a server that was killed itself: a System V segment of 56 bytes and POSIX segments of about a megabyte (one that ends leaves nothing)',
    where: '`ipcs -m`, `/dev/shm/PostgreSQL.…`',
    removedBy: 'whoever removes its instance, on Linux; elsewhere a restart of the host',
  },
  keeper: {
    what: 'the process that waits for the end of the harness in order to clean up',
    where: 'the list of processes: `keeper.js remove` or `keeper.js stop`',
    removedBy: 'ends when it has cleaned up; one that hangs is ended by `cleanup`',
  },
  'interrupted load': {
    what: 'the part of a dataset that was loaded',
    where: '`datasets/<key>.<server>.seeding`; on a server that is not ours `rehearse_<key>_<role>`',
    removedBy:
      'its server is stopped by its keeper; the next load of this dataset goes on from there. Removed by `cleanup` (`cleanup --target`), by `cache prune`, and after a week by any run',
  },
  'load into a database': {
    what: 'the part of a dataset that was loaded directly into a database of somebody’s, without a template; with the schema `rehearse`, which tells what is finished',
    where: 'the database that `dataset load --database` named',
    removedBy:
      'the next load of this dataset goes on from there. Removed by `cleanup --target` with that database, if nobody else has put anything beside it or into its tables',
  },
  'half-removed dataset': {
    what: 'a dataset that was being removed from the cache',
    where: '`datasets/<owner>`',
    removedBy: 'the next run, or `cleanup`',
  },
  'half-copied server': {
    what: 'server programs that were being copied to where the server’s user can reach them',
    where: '`builds/<owner>`',
    removedBy: 'the next run, or `cleanup`',
  },
  mark: {
    what: 'the note that somebody is copying or removing a dataset; it counts for nothing when its process is gone',
    where: '`readers/<owner>`, `removers/<owner>` of a dataset',
    removedBy: '`cleanup`, or with its dataset',
  },
  'half-written report': {
    what: 'a report that is not complete; it gets its name when it is',
    where: '`.<owner>` in the folder of the reports',
    removedBy: 'the next run with the same `--out`, or `cleanup --out`',
  },
  'lock of a schedule': {
    what: 'the file by which a schedule takes its lock; the lock itself is taken over when its process is gone',
    where: '`lock-<owner>` in the folder of the schedule',
    removedBy: '`cleanup --out`',
  },
  container: {
    what: 'the server of a run in a container, or the volume with its data',
    where: 'the Docker engine: `pg-rehearse-…`, with the label of its owner',
    removedBy: 'the next run in a container, or `cleanup`; cached datasets stay',
  },
  database: {
    what: 'the database of a run on a server that is not ours; its sessions end with the harness, transactions that were prepared in it are rolled back with its removal',
    where: 'that server: `rehearse_run_…`, `rehearse_aside_…`, with our words in their comments',
    removedBy: 'the next run there, or `cleanup --target`',
  },
  'kept database': {
    what: 'no left-over: the database of a run with `--keep` that has ended',
    where:
      'that server: `rehearse_kept_…`; or `rehearse_run_…` with `kept (--keep)` in its comment, where somebody worked in it at the end',
    removedBy: 'you: `DROP DATABASE`; `cleanup --target` lists it',
  },
  'event triggers': {
    what: 'event triggers by which commands of a migration are seen, with their schema and function; they go with the database of a run, and are made in no other',
    where: '`rehearse_witness` in a kept database, or in one that an older version has worked in',
    removedBy: 'the next run with that database as its `--target`, or `cleanup --target` with it',
  },
  dataset: {
    what: 'no left-over: a whole dataset on a server that is not ours, for the next run there',
    where: 'that server: `rehearse_<key>_<role>`',
    removedBy: '`cleanup --target … --datasets`',
  },
} as const satisfies Readonly<Record<string, LeftOverFacts>>;

export type LeftOverKind = keyof typeof LEFT_OVERS;

/** For the README. */
export function leftOversTable(): string {
  const rows = Object.entries(LEFT_OVERS).map(
    ([kind, { what, where, removedBy }]) => `| **${kind}**: ${what} | ${where} | ${removedBy} |\n`,
  );
  return `| what | where | removed after a SIGKILL by |\n| --- | --- | --- |\n${rows.join('')}`;
}
