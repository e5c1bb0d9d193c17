import { Failure, redact } from '../errors.ts';
import type { Plan } from '../plan/index.ts';
import { requireAllowedName, requireWithinDatabase, type InPlace, type RunTarget } from '../run/index.ts';
import { CONCERNS, parseConnectionString, parsePooler, type Concern } from '../target/index.ts';

export interface TargetOptions {
  readonly pgBin: string | undefined;
  readonly keep: boolean;
  /** As written: words with commas between them. */
  readonly tolerate: readonly string[];
  readonly pooler?: string | undefined;
  readonly inPlace: InPlace;
}

/** Throws `Failure('usage')`. */
export function targetOf(text: string, { pgBin, keep, tolerate, pooler, inPlace }: TargetOptions): RunTarget {
  const tolerated = concernsOf(tolerate);
  const image = /^container:(.*)$/s.exec(text)?.[1];
  if (text === 'embedded' || image !== undefined) {
    requireNothingForeign({ keep, tolerate, pooler, inPlace });
    return image === undefined ? { kind: 'own', pgBin } : containerTarget(image, pgBin);
  }
  if (!/^postgres(?:ql)?:\/\/|=/.test(text)) {
    throw new Failure('usage', {
      message: `--target knows embedded, container:IMAGE and postgres://…, found ${JSON.stringify(redact(text))}`,
      hint: 'to rehearse on another version of PostgreSQL, give its programs with --pg-bin',
    });
  }
  if (pgBin !== undefined) {
    throw new Failure('usage', {
      message:
        '--pg-bin names programs for a server that a run starts for itself, and --target names one that is there',
      hint: 'leave one of them out',
    });
  }
  if (keep && inPlace.kind === 'asked') {
    throw new Failure('usage', {
      message: '--keep keeps the database that a run makes for itself, and with --in-place it makes none',
      hint: 'leave one of them out',
    });
  }
  const foreign = parseConnectionString(text, process.env, '--target');
  return {
    kind: 'external',
    foreign,
    pooler: pooler === undefined ? undefined : parsePooler(pooler, foreign),
    keep,
    tolerated,
    inPlace,
  };
}

/** Throws `Failure('usage')` for what goes with servers that are not ours only. */
function requireNothingForeign({
  keep,
  tolerate,
  pooler,
  inPlace,
}: Pick<TargetOptions, 'keep' | 'tolerate' | 'pooler' | 'inPlace'>): void {
  const [given] = [
    ...(keep ? ['--keep'] : []),
    ...(tolerate.length > 0 ? ['--tolerate'] : []),
    ...(inPlace.kind === 'asked' ? ['--in-place'] : []),
  ];
  if (given !== undefined)
    throw new Failure('usage', {
      message: `${given} goes with a server that is not ours`,
      hint: 'name it: --target postgres://user@host/database',
    });
  if (pooler !== undefined)
    throw new Failure('usage', {
      message:
        '--pooler stands before a server that was there: no pooler knows the one that a run starts for itself',
      hint: 'name the server behind it: --target postgres://…',
    });
}

/** Throws `Failure('usage')`. */
function containerTarget(image: string, pgBin: string | undefined): RunTarget {
  if (!/^[a-z0-9][\w./:@-]*$/.test(image)) {
    throw new Failure('usage', {
      message: `--target container: expects an image, found ${JSON.stringify(image)}`,
      hint: 'as docker pull takes it: --target container:postgres:16',
    });
  }
  if (pgBin !== undefined) {
    throw new Failure('usage', {
      message: '--pg-bin names programs on this machine, and a container has its own',
      hint: 'leave one of --pg-bin and --target container:… out',
    });
  }
  return { kind: 'container', image };
}

/** Throws `Failure('usage')` for a word that is none. */
export function concernsOf(words: readonly string[]): readonly Concern[] {
  return words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const concern = CONCERNS.find((known) => known === word.trim());
      if (concern !== undefined) return concern;
      throw new Failure('usage', {
        message: `--tolerate knows ${CONCERNS.join(', ')}, found ${JSON.stringify(word)}`,
      });
    });
}

/** Throws `Failure('usage')` for a scenario that can not run there. */
export function requireFitting(plan: Plan, target: RunTarget): void {
  const { scenario, dataset } = plan;
  if (target.kind === 'external') {
    requireAllowedName(target.foreign, scenario);
    if (target.inPlace.kind === 'asked' && dataset.kind !== 'existing')
      throw new Failure('usage', {
        where: scenario.file,
        message: '--in-place rehearses on the data of the named database, and this scenario makes its own',
        hint: 'leave --in-place out: the run has a database of its own; or write dataset: existing',
      });
    requireWithinDatabase(plan, target.tolerated);
  } else if (dataset.kind === 'existing')
    throw new Failure('usage', {
      where: scenario.file,
      message: 'dataset: existing needs the database that holds the data',
      hint: 'name it: --target postgres://user@host/database',
    });
}
