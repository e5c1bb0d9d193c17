import { Failure, redact } from '../errors.ts';
import type { Plan } from '../plan/index.ts';
import { requireAllowedName, type RunTarget } from '../run/index.ts';
import { CONCERNS, parseConnectionString, type Concern } from '../target/index.ts';

export interface TargetOptions {
  readonly pgBin: string | undefined;
  readonly keep: boolean;
  /** As written: words with commas between them. */
  readonly tolerate: readonly string[];
  readonly inPlace: boolean;
}

/** Throws `Failure('usage')`. */
export function targetOf(text: string, { pgBin, keep, tolerate, inPlace }: TargetOptions): RunTarget {
  const tolerated = concernsOf(tolerate);
  if (text === 'embedded') {
    if (keep || tolerated.length > 0)
      throw new Failure('usage', {
        message: `--${keep ? 'keep' : 'tolerate'} goes with a server that is not ours`,
        hint: 'name it: --target postgres://user@host/database',
      });
    return { kind: 'own', pgBin };
  }
  if (text.startsWith('container:')) return containerTarget(text.slice('container:'.length), pgBin);
  if (!/^postgres(?:ql)?:\/\/|=/.test(text)) {
    throw new Failure('usage', {
      message: `--target knows embedded, container:IMAGE and postgres://…, found ${JSON.stringify(redact(text))}`,
      hint: 'to rehearse on another version of PostgreSQL, give its programs with --pg-bin',
    });
  }
  return {
    kind: 'external',
    foreign: parseConnectionString(text, process.env, '--target'),
    keep,
    tolerated,
    inPlace,
  };
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

function concernsOf(words: readonly string[]): readonly Concern[] {
  return words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const concern = CONCERNS.find((known) => known === word.trim());
      if (concern !== undefined) return concern;
      throw new Failure('usage', {
        message: `--tolerate knows ${CONCERNS.join(' and ')}, found ${JSON.stringify(word)}`,
      });
    });
}

/** Throws `Failure('usage')` for a scenario that can not run there. */
export function requireFitting({ scenario, dataset }: Plan, target: RunTarget): void {
  if (target.kind === 'external') requireAllowedName(target.foreign, scenario);
  else if (dataset.kind === 'existing')
    throw new Failure('usage', {
      where: scenario.file,
      message: 'dataset: existing needs the database that holds the data',
      hint: 'name it: --target postgres://user@host/database',
    });
}
